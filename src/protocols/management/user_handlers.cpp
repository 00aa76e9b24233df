// Users, their passwords, tags and limits.
#include "broker/access/password.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

template <class Choose>
Result<Answer> list_chosen(const Call& call, Choose is_chosen) {
    std::vector<Json> items;
    call.topology().users().for_each([&](const topology::UserPtr& user) {
        if (is_chosen(*user)) items.push_back(user_json(*user));
    });
    return listed(call, std::move(items));
}

bool has_permissions(const topology::Topology& topology, const std::string& user) {
    bool out = false;
    topology.all_permissions().for_each_from({user, {}}, [&](const topology::PermissionsPtr& at) {
        out = at->user == user;
        return false;
    });
    return out;
}

Result<void> delete_one(const Call& call, const std::string& user) {
    const auto deleted = change(call.services, topology::DeleteUser{user});
    return deleted ? Result<void>{} : Result<void>{deleted.error()};
}

}  // namespace

Result<Answer> whoami(const Call& call) {
    return ok({{"name", call.user->name}, {"tags", to_json(call.user->tags)}, {"is_internal_user", true}});
}

// As definition files have it.
Result<Answer> hash_password(const Call& call) {
    const auto made = access::make_credentials(call.arguments[0], call.services.random);
    if (!made) return made.error();
    for (const auto& credential : *made) {
        if (const auto hash = access::export_hash(credential); !hash.empty()) return ok({{"ok", hash}});
    }
    return no_content();
}

Result<Answer> list_users(const Call& call) {
    return list_chosen(call, [](auto&&) { return true; });
}

Result<Answer> list_users_without_permissions(const Call& call) {
    return list_chosen(
        call, [&](const topology::User& user) { return !has_permissions(call.topology(), user.name); });
}

Result<Answer> get_user(const Call& call) {
    const auto* user = call.topology().user(call.arguments[0]);
    if (user == nullptr) return not_found();
    return shown(call, user_json(*user));
}

Result<Answer> put_user(const Call& call) {
    Fields fields{call.body};
    auto wanted = read_user(fields, call.arguments[0]);
    const auto password = fields.text("password");
    // A hash that is given and empty means that no password lets the user in.
    const bool clears = fields.has("password_hash") && fields.text("password_hash").empty();
    if (fields.has("password") && fields.has("password_hash"))
        fields.fail("give a password or its hash, not both");
    if (fields.error()) return *fields.error();
    if (!password.empty()) {
        auto credentials = access::make_credentials(password, call.services.random);
        if (!credentials) return credentials.error();
        wanted.credentials = std::move(*credentials);
    }
    const auto is_new = make_user(call.services, std::move(wanted), clears);
    if (!is_new) return is_new.error();
    return created_or_changed(*is_new);
}

Result<Answer> delete_user(const Call& call) {
    if (auto deleted = delete_one(call, call.arguments[0]); !deleted) return deleted.error();
    return no_content();
}

Result<Answer> delete_users(const Call& call) {
    Fields fields{call.body};
    const auto names = fields.words("users");
    if (fields.error()) return *fields.error();
    for (const auto& name : names) {
        const auto deleted = delete_one(call, name);
        if (!deleted && deleted.error().code != Errc::not_found) return deleted.error();
    }
    return no_content();
}

// ---- limits

Result<Answer> list_user_limits(const Call& call) {
    std::vector<Json> items;
    if (!call.arguments.empty() && call.topology().user(call.arguments[0]) == nullptr) return not_found();
    call.topology().users().for_each([&](const topology::UserPtr& user) {
        if (!call.arguments.empty() && user->name != call.arguments[0]) return;
        if (!user->settings.empty())
            items.push_back({{"user", user->name}, {"value", user_json(*user)["limits"]}});
    });
    return listed(call, std::move(items));
}

namespace {

Result<Answer> change_limit(const Call& call, const std::optional<std::int64_t>& limit) {
    const auto* user = call.topology().user(call.arguments[0]);
    const auto& name = call.arguments[1];
    if (user == nullptr) return not_found();
    if (name != "max-connections" && name != "max-channels")
        return bad_request(fmt::format("unrecognised limit '{}'", name));
    auto changed = *user;
    if (limit)
        changed.settings[name] = topology::Integer{*limit, topology::Width::int64};
    else
        changed.settings.erase(name);
    const auto put = change(call.services, topology::PutUser{std::move(changed)});
    if (!put) return put.error();
    return no_content();
}

}  // namespace

Result<Answer> put_user_limit(const Call& call) {
    Fields fields{call.body};
    if (!fields.has("value")) fields.fail("key_missing: value");
    const auto limit = fields.integer("value", -1);
    if (fields.error()) return *fields.error();
    return change_limit(call, limit);
}

Result<Answer> delete_user_limit(const Call& call) {
    return change_limit(call, std::nullopt);
}

}  // namespace weir::management
