// What users may do in virtual hosts: permissions for names, and for the keys of single exchanges.
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

template <class Choose>
std::vector<Json> chosen(const Call& call, Choose is_chosen) {
    std::vector<Json> items;
    call.topology().all_permissions().for_each([&](const topology::PermissionsPtr& at) {
        if (is_chosen(*at)) items.push_back(permissions_json(*at));
    });
    return items;
}

template <class Choose>
std::vector<Json> chosen_topics(const Call& call, Choose is_chosen) {
    std::vector<Json> items;
    call.topology().all_topic_permissions().for_each([&](const topology::TopicPermissionsPtr& at) {
        if (is_chosen(*at)) items.push_back(topic_permissions_json(*at));
    });
    return items;
}

constexpr auto all = [](auto&&) { return true; };

bool is_user(const Call& call) {
    return call.topology().user(call.arguments[0]) != nullptr;
}
bool is_host(const Call& call) {
    return call.topology().host(call.arguments[0]) != nullptr;
}

// What is asked for is there to be put; whoever it is about need not be, and is a part of what was sent.
Error refused_to_put(const Error& error) {
    return error.code == Errc::not_found ? bad_request(error.message) : error;
}

}  // namespace

Result<Answer> list_permissions(const Call& call) {
    return listed(call, chosen(call, all));
}

Result<Answer> list_permissions_of_user(const Call& call) {
    if (!is_user(call)) return not_found();
    return listed(call, chosen(call, [&](const auto& at) { return at.user == call.arguments[0]; }));
}

Result<Answer> list_permissions_in_host(const Call& call) {
    if (!is_host(call)) return not_found();
    return listed(call, chosen(call, [&](const auto& at) { return at.host == call.arguments[0]; }));
}

Result<Answer> get_permissions(const Call& call) {
    const auto& there = call.topology().permissions(call.arguments[1], call.arguments[0]);
    if (there == nullptr) return not_found();
    return shown(call, permissions_json(*there));
}

Result<Answer> put_permissions(const Call& call) {
    Fields fields{call.body};
    auto wanted = read_permissions(fields);
    if (fields.error()) return *fields.error();
    wanted.host = call.arguments[0];
    wanted.user = call.arguments[1];
    const auto is_new = make_permissions(call.services, wanted);
    if (!is_new) return refused_to_put(is_new.error());
    return created_or_changed(*is_new);
}

Result<Answer> delete_permissions(const Call& call) {
    const auto cleared =
        change(call.services, topology::ClearPermissions{call.arguments[1], call.arguments[0]});
    if (!cleared) return cleared.error();
    if (!cleared->was_there) return not_found();
    return no_content();
}

// ---- of keys

Result<Answer> list_topic_permissions(const Call& call) {
    return listed(call, chosen_topics(call, all));
}

Result<Answer> list_topic_permissions_of_user(const Call& call) {
    if (!is_user(call)) return not_found();
    return listed(call, chosen_topics(call, [&](const auto& at) { return at.user == call.arguments[0]; }));
}

Result<Answer> list_topic_permissions_in_host(const Call& call) {
    if (!is_host(call)) return not_found();
    return listed(call, chosen_topics(call, [&](const auto& at) { return at.host == call.arguments[0]; }));
}

Result<Answer> get_topic_permissions(const Call& call) {
    auto items = chosen_topics(
        call, [&](const auto& at) { return at.host == call.arguments[0] && at.user == call.arguments[1]; });
    if (items.empty()) return not_found();
    return listed(call, std::move(items));
}

Result<Answer> put_topic_permissions(const Call& call) {
    Fields fields{call.body};
    auto wanted = read_topic_permissions(fields);
    if (fields.error()) return *fields.error();
    wanted.host = call.arguments[0];
    wanted.user = call.arguments[1];
    const auto is_new = make_topic_permissions(call.services, wanted);
    if (!is_new) return refused_to_put(is_new.error());
    return created_or_changed(*is_new);
}

Result<Answer> delete_topic_permissions(const Call& call) {
    topology::ClearTopicPermissions request{call.arguments[1], call.arguments[0]};
    if (call.arguments.size() > 2) request.exchange = call.arguments[2];
    bool was_there = false;
    for (bool has_more = true; has_more;) {
        const auto cleared = change(call.services, request);
        if (!cleared) return cleared.error();
        was_there = was_there || cleared->was_there;
        has_more = cleared->has_more;
    }
    if (!was_there) return not_found();
    return no_content();
}

}  // namespace weir::management
