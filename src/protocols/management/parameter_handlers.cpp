// Parameters: of virtual hosts' components, and of the whole cluster.
#include "base/log_line.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/parameters.hpp"

namespace weir::management {

namespace {

bool has_address_of_its_own(const std::string& component) {
    return component == limits_component || component == operator_policy_component;
}

Result<Answer> find(const Call& call, const std::vector<Json>& parameters, const std::string& name) {
    for (const auto& parameter : parameters)
        if (parameter["name"] == name) return shown(call, parameter);
    return not_found();
}

std::vector<Json> of_component(const Call& call) {
    std::vector<Json> items;
    for (auto& parameter : parameters_of(call.topology(), visible_hosts(call))) {
        const bool is_component = call.arguments.empty() || parameter["component"] == call.arguments[0];
        const bool is_host = call.arguments.size() < 2 || parameter["vhost"] == call.arguments[1];
        if (is_component && is_host) items.push_back(std::move(parameter));
    }
    return items;
}

Result<Answer> clear(const Call& call, topology::ClearParameter request) {
    const auto cleared = change(call.services, std::move(request));
    if (!cleared) return cleared.error();
    if (!cleared->was_there) return not_found();
    return no_content();
}

std::vector<Json> shovels_of(const Call& call, const std::vector<const topology::HostState*>& hosts) {
    std::vector<Json> items;
    for (const auto& parameter : parameters_of(call.topology(), hosts)) {
        if (parameter["component"] != shovel_component) continue;
        items.push_back({{"vhost", parameter["vhost"]},
                         {"name", parameter["name"]},
                         {"type", "dynamic"},
                         {"node", node_name(call.services.broker.node())},
                         {"state", "terminated"},
                         {"reason", "weir keeps shovels, but does not run them"}});
    }
    return items;
}

}  // namespace

Result<Answer> list_parameters(const Call& call) {
    if (call.arguments.size() > 1) {
        if (const auto host = visible_host(call, call.arguments[1]); !host) return host.error();
    }
    return listed(call, of_component(call));
}

Result<Answer> get_parameter(const Call& call) {
    return find(call, of_component(call), call.arguments[2]);
}

Result<Answer> put_parameter(const Call& call) {
    const auto& component = call.arguments[0];
    if (has_address_of_its_own(component)) return bad_request("use vhost-limits, operator-policies");
    const auto host = own_host(call, call.arguments[1]);
    if (!host) return host.error();
    const auto wanted = read_parameter(component, call.arguments[1], call.arguments[2], call.body);
    if (!wanted) return wanted.error();
    const auto is_new = make_parameter(call.services, *wanted);
    if (!is_new) return is_new.error();
    log_warning("the {} '{}' of '{}' is kept, but weir does not run it", component, wanted->name,
                wanted->host);
    return created_or_changed(*is_new);
}

Result<Answer> delete_parameter(const Call& call) {
    if (has_address_of_its_own(call.arguments[0])) return bad_request("use vhost-limits, operator-policies");
    const auto host = own_host(call, call.arguments[1]);
    if (!host) return host.error();
    return clear(call, {call.arguments[0], call.arguments[1], call.arguments[2]});
}

// ---- of the whole cluster

Result<Answer> list_global_parameters(const Call& call) {
    return listed(call, global_parameters(call.services, call.topology()));
}

Result<Answer> get_global_parameter(const Call& call) {
    return find(call, global_parameters(call.services, call.topology()), call.arguments[0]);
}

Result<Answer> put_global_parameter(const Call& call) {
    const auto wanted = read_global_parameter(call.arguments[0], call.body);
    if (!wanted) return wanted.error();
    const auto is_new = make_parameter(call.services, *wanted);
    if (!is_new) return is_new.error();
    return created_or_changed(*is_new);
}

Result<Answer> delete_global_parameter(const Call& call) {
    return clear(call, {"", "", call.arguments[0]});
}

Result<Answer> get_cluster_name(const Call& call) {
    return ok({{"name", amqp::cluster_name(call.topology(), call.services.cluster_name)}});
}

Result<Answer> put_cluster_name(const Call& call) {
    Fields fields{call.body};
    const auto name = fields.must_text("name");
    if (fields.error()) return *fields.error();
    const auto set = make_parameter(call.services, {"", "", std::string{amqp::cluster_name_parameter}, name});
    if (!set) return set.error();
    return no_content();
}

// ---- what there would be of federation and shovels: these are kept for others, and none runs

Result<Answer> list_shovels(const Call& call) {
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    return listed(call, shovels_of(call, *hosts));
}

Result<Answer> get_shovel(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return find(call, shovels_of(call, {*host}), call.arguments[1]);
}

Result<Answer> list_nothing_in_host(const Call& call) {
    if (const auto host = visible_host(call, call.arguments[0]); !host) return host.error();
    return list_nothing(call);
}

}  // namespace weir::management
