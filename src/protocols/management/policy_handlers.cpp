// Policies of both kinds.
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

Result<Answer> list(const Call& call, bool is_operator) {
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    std::vector<Json> items;
    for (const auto* host : *hosts) {
        host->policies.for_each([&](const topology::PolicyPtr& policy) {
            if (policy->is_operator == is_operator) items.push_back(policy_json(*policy));
        });
    }
    return listed(call, std::move(items));
}

Result<Answer> get(const Call& call, bool is_operator) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto* policy = (*host)->policies.find({is_operator, std::string_view{call.arguments[1]}});
    if (policy == nullptr) return not_found();
    return shown(call, policy_json(*policy));
}

Result<Answer> put(const Call& call, bool is_operator) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    Fields fields{call.body};
    const auto wanted = read_policy(fields, call.arguments[0], call.arguments[1], is_operator);
    if (fields.error()) return *fields.error();
    const auto is_new = make_policy(call.services, wanted);
    if (!is_new) return is_new.error();
    return created_or_changed(*is_new);
}

Result<Answer> remove(const Call& call, bool is_operator) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto cleared =
        change(call.services, topology::ClearPolicy{call.arguments[0], call.arguments[1], is_operator});
    if (!cleared) return cleared.error();
    return no_content();
}

}  // namespace

Result<Answer> list_policies(const Call& call) {
    return list(call, false);
}
Result<Answer> get_policy(const Call& call) {
    return get(call, false);
}
Result<Answer> put_policy(const Call& call) {
    return put(call, false);
}
Result<Answer> delete_policy(const Call& call) {
    return remove(call, false);
}
Result<Answer> list_operator_policies(const Call& call) {
    return list(call, true);
}
Result<Answer> get_operator_policy(const Call& call) {
    return get(call, true);
}
Result<Answer> put_operator_policy(const Call& call) {
    return put(call, true);
}
Result<Answer> delete_operator_policy(const Call& call) {
    return remove(call, true);
}

}  // namespace weir::management
