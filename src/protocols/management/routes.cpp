// The table of the API, as RabbitMQ has it.
#include "protocols/management/routes.hpp"

#include <algorithm>

namespace weir::management {

namespace {

using enum Rights;

constexpr Route routes[] = {
    {"GET", "overview", any, get_overview},
    {"GET", "cluster-name", any, get_cluster_name},
    {"PUT", "cluster-name", administrator, put_cluster_name},
    {"GET", "nodes", monitoring, list_nodes},
    {"GET", "nodes/{}", monitoring, get_node},
    {"GET", "nodes/{}/memory", monitoring, get_node_memory},
    {"GET", "nodes/{}/memory/relative", monitoring, get_relative_node_memory},
    {"GET", "extensions", any, list_extensions},
    {"GET", "feature-flags", administrator, list_feature_flags},
    {"PUT", "feature-flags/{}/enable", administrator, enable_feature_flag},
    {"GET", "deprecated-features", administrator, list_nothing},
    {"GET", "deprecated-features/used", administrator, list_nothing},
    {"GET", "whoami", any, whoami},
    {"GET", "hash_password/{}", administrator, hash_password},
    {"DELETE", "reset", administrator, reset_statistics},
    {"DELETE", "reset/{}", administrator, reset_statistics},

    {"GET", "health/checks/alarms", any, check_alarms},
    {"GET", "health/checks/local-alarms", any, check_alarms},
    {"GET", "health/checks/certificate-expiration/{}/{}", any, check_nothing},
    {"GET", "health/checks/node-is-quorum-critical", any, check_quorum},
    {"GET", "health/checks/node-is-mirror-sync-critical", any, check_nothing},
    {"GET", "health/checks/virtual-hosts", any, check_hosts},
    {"GET", "health/checks/port-listener/{}", any, check_port},
    {"GET", "health/checks/protocol-listener/{}", any, check_protocol},
    {"GET", "healthchecks/node", monitoring, check_alarms},
    {"GET", "healthchecks/node/{}", monitoring, check_node},
    {"GET", "aliveness-test/{}", any, check_aliveness},

    {"GET", "auth", any, get_login_ways},
    {"GET", "auth/attempts/{}", monitoring, get_login_attempts},
    {"DELETE", "auth/attempts/{}", monitoring, clear_login_attempts},
    {"GET", "auth/attempts/{}/source", monitoring, get_login_attempts_by_source},
    {"DELETE", "auth/attempts/{}/source", monitoring, clear_login_attempts},

    {"GET", "weir/amqp-door", monitoring, get_door},
    {"PUT", "weir/amqp-door", administrator, put_door},
    {"PUT", "weir/amqp-door/alarms/{}", administrator, put_alarm},
    {"DELETE", "weir/amqp-door/alarms/{}", administrator, delete_alarm},
    {"PUT", "weir/amqp-door/limits/{}", administrator, put_door_limit},
    {"POST", "weir/queues/{}/{}/move", any, move_messages},
    {"POST", "weir/queues/{}/{}/replay", any, replay_messages},

    {"GET", "vhosts", any, list_hosts},
    {"GET", "vhosts/{}", any, get_host},
    {"PUT", "vhosts/{}", administrator, put_host},
    {"DELETE", "vhosts/{}", administrator, delete_host},
    {"POST", "vhosts/{}/start/{}", administrator, start_host},
    {"GET", "vhosts/{}/permissions", administrator, list_permissions_in_host},
    {"GET", "vhosts/{}/topic-permissions", administrator, list_topic_permissions_in_host},
    {"GET", "vhosts/{}/connections", any, list_connections_in_host},
    {"GET", "vhosts/{}/channels", any, list_channels_in_host},
    {"GET", "vhost-limits", any, list_host_limits},
    {"GET", "vhost-limits/{}", any, list_host_limits},
    {"PUT", "vhost-limits/{}/{}", administrator, put_host_limit},
    {"DELETE", "vhost-limits/{}/{}", administrator, delete_host_limit},

    {"GET", "users", administrator, list_users},
    {"GET", "users/without-permissions", administrator, list_users_without_permissions},
    {"POST", "users/bulk-delete", administrator, delete_users},
    {"GET", "users/{}", administrator, get_user},
    {"PUT", "users/{}", administrator, put_user},
    {"DELETE", "users/{}", administrator, delete_user},
    {"GET", "users/{}/permissions", administrator, list_permissions_of_user},
    {"GET", "users/{}/topic-permissions", administrator, list_topic_permissions_of_user},
    {"GET", "user-limits", administrator, list_user_limits},
    {"GET", "user-limits/{}", administrator, list_user_limits},
    {"PUT", "user-limits/{}/{}", administrator, put_user_limit},
    {"DELETE", "user-limits/{}/{}", administrator, delete_user_limit},
    {"GET", "permissions", administrator, list_permissions},
    {"GET", "permissions/{}/{}", administrator, get_permissions},
    {"PUT", "permissions/{}/{}", administrator, put_permissions},
    {"DELETE", "permissions/{}/{}", administrator, delete_permissions},
    {"GET", "topic-permissions", administrator, list_topic_permissions},
    {"GET", "topic-permissions/{}/{}", administrator, get_topic_permissions},
    {"PUT", "topic-permissions/{}/{}", administrator, put_topic_permissions},
    {"DELETE", "topic-permissions/{}/{}", administrator, delete_topic_permissions},
    {"DELETE", "topic-permissions/{}/{}/{}", administrator, delete_topic_permissions},

    {"GET", "exchanges", any, list_exchanges},
    {"GET", "exchanges/{}", any, list_exchanges},
    {"GET", "exchanges/{}/{}", any, get_exchange},
    {"PUT", "exchanges/{}/{}", any, put_exchange},
    {"DELETE", "exchanges/{}/{}", any, delete_exchange},
    {"GET", "exchanges/{}/{}/bindings/source", any, list_bindings_of_source},
    {"GET", "exchanges/{}/{}/bindings/destination", any, list_bindings_to_exchange},
    {"POST", "exchanges/{}/{}/publish", any, publish_message},

    {"GET", "queues", any, list_queues},
    {"GET", "queues/{}", any, list_queues},
    {"GET", "queues/{}/{}", any, get_queue},
    {"PUT", "queues/{}/{}", any, put_queue},
    {"DELETE", "queues/{}/{}", any, delete_queue},
    {"GET", "queues/{}/{}/bindings", any, list_bindings_to_queue},
    {"DELETE", "queues/{}/{}/contents", any, purge_queue},
    {"POST", "queues/{}/{}/get", any, get_messages},
    {"POST", "queues/{}/{}/actions", any, act_on_queue},
    {"POST", "rebalance/queues", administrator, rebalance_queues},

    {"GET", "bindings", any, list_bindings},
    {"GET", "bindings/{}", any, list_bindings},
    {"GET", "bindings/{}/e/{}/{}/{}", any, list_bindings_between},
    {"POST", "bindings/{}/e/{}/{}/{}", any, post_binding},
    {"GET", "bindings/{}/e/{}/{}/{}/{}", any, get_binding},
    {"DELETE", "bindings/{}/e/{}/{}/{}/{}", any, delete_binding},

    {"GET", "policies", any, list_policies},
    {"GET", "policies/{}", any, list_policies},
    {"GET", "policies/{}/{}", any, get_policy},
    {"PUT", "policies/{}/{}", policymaker, put_policy},
    {"DELETE", "policies/{}/{}", policymaker, delete_policy},
    {"GET", "operator-policies", any, list_operator_policies},
    {"GET", "operator-policies/{}", any, list_operator_policies},
    {"GET", "operator-policies/{}/{}", any, get_operator_policy},
    {"PUT", "operator-policies/{}/{}", administrator, put_operator_policy},
    {"DELETE", "operator-policies/{}/{}", administrator, delete_operator_policy},
    {"GET", "parameters", policymaker, list_parameters},
    {"GET", "parameters/{}", policymaker, list_parameters},
    {"GET", "parameters/{}/{}", policymaker, list_parameters},
    {"GET", "parameters/{}/{}/{}", policymaker, get_parameter},
    {"PUT", "parameters/{}/{}/{}", policymaker, put_parameter},
    {"DELETE", "parameters/{}/{}/{}", policymaker, delete_parameter},
    {"GET", "global-parameters", policymaker, list_global_parameters},
    {"GET", "global-parameters/{}", policymaker, get_global_parameter},
    {"PUT", "global-parameters/{}", policymaker, put_global_parameter},
    {"DELETE", "global-parameters/{}", policymaker, delete_global_parameter},
    {"GET", "shovels", monitoring, list_shovels},
    {"GET", "shovels/{}", monitoring, list_shovels},
    {"GET", "shovels/{}/{}", monitoring, get_shovel},
    {"GET", "federation-links", monitoring, list_nothing},
    {"GET", "federation-links/{}", monitoring, list_nothing_in_host},

    {"GET", "connections", any, list_connections},
    {"GET", "connections/username/{}", any, list_connections_of_user},
    {"DELETE", "connections/username/{}", any, close_connections_of_user},
    {"GET", "connections/{}", any, get_connection},
    {"DELETE", "connections/{}", any, close_connection},
    {"GET", "connections/{}/channels", any, list_channels_of_connection},
    {"GET", "channels", any, list_channels},
    {"GET", "channels/{}", any, get_channel},
    {"GET", "consumers", any, list_consumers},
    {"GET", "consumers/{}", any, list_consumers},
    {"GET", "stream/connections", monitoring, list_nothing},
    {"GET", "stream/connections/{}", monitoring, list_nothing_in_host},
    {"GET", "stream/publishers", monitoring, list_nothing},
    {"GET", "stream/publishers/{}", monitoring, list_nothing_in_host},
    {"GET", "stream/consumers", monitoring, list_nothing},
    {"GET", "stream/consumers/{}", monitoring, list_nothing_in_host},

    {"GET", "all-configuration", administrator, get_definitions},
    {"POST", "all-configuration", administrator, post_definitions},
    {"GET", "definitions", administrator, get_definitions},
    {"POST", "definitions", administrator, post_definitions},
    {"PUT", "definitions", administrator, post_definitions},
    {"GET", "definitions/{}", administrator, get_definitions},
    {"POST", "definitions/{}", administrator, post_definitions},
    {"PUT", "definitions/{}", administrator, post_definitions},
};

// Whether the path is of the route, and then what stands for its {}.
std::optional<std::vector<std::string>> matched(std::string_view route, std::span<const std::string> path) {
    std::vector<std::string> arguments;
    for (const auto& segment : path) {
        if (route.empty()) return std::nullopt;
        const auto end = std::min(route.find('/'), route.size());
        const auto wanted = route.substr(0, end);
        if (wanted == "{}")
            arguments.push_back(segment);
        else if (wanted != segment)
            return std::nullopt;
        route.remove_prefix(std::min(end + 1, route.size()));
    }
    if (!route.empty()) return std::nullopt;
    return arguments;
}

}  // namespace

std::span<const Route> all_routes() {
    return routes;
}

// The first route of a path counts: users/bulk-delete comes before users/{}.
Found find_route(std::string_view method, std::span<const std::string> path) {
    Found out;
    const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
    for (const auto& route : routes) {
        auto arguments = matched(route.path, path);
        if (!arguments) continue;
        out.methods.emplace_back(route.method);
        if (route.method != wanted || out.route != nullptr) continue;
        out.route = &route;
        out.arguments = std::move(*arguments);
    }
    return out;
}

}  // namespace weir::management
