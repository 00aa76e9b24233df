// The verbs that tell something.
#include <chrono>
#include <thread>

#include "app/rabbitmqctl.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds between_tries{200};

using Columns = std::vector<Column>;

// The value at a field's path, or null.
json value_at(const json& item, const std::string& field) {
    const auto dot = field.find('.');
    const auto name = field.substr(0, dot);
    if (!item.is_object() || !item.contains(name)) return nullptr;
    return dot == std::string::npos ? item[name] : value_at(item[name], field.substr(dot + 1));
}

void print_rows(const CtlCall& call, const json& items, const Columns& columns) {
    auto list = json::array();
    std::vector<std::string> header;
    for (const auto& column : columns) header.push_back(column.header);
    if (!call.json && call.has_header && !items.empty()) fmt::print("{}\n", fmt::join(header, "\t"));
    for (const auto& item : items) {
        std::vector<std::string> row;
        auto object = json::object();
        for (const auto& column : columns) {
            object[column.header] = value_at(item, column.field);
            row.push_back(erlang_text(object[column.header]));
        }
        if (call.json)
            list.push_back(std::move(object));
        else
            fmt::print("{}\n", fmt::join(row, "\t"));
    }
    if (call.json) fmt::print("{}\n", list.dump(-1, ' ', false, json::error_handler_t::replace));
}

// The columns that the words name, or these; `names` are those that the API calls otherwise.
Columns columns_of(const CtlCall& call, const std::vector<std::string>& otherwise,
                   const std::map<std::string, std::string>& names = {}) {
    Columns out;
    for (const auto& word : call.words.empty() ? otherwise : call.words) {
        const auto at = names.find(word);
        out.push_back({word, at == names.end() ? word : at->second});
    }
    return out;
}

Result<void> list(const CtlCall& call, const std::string& sentence, const std::string& path,
                  const Columns& columns) {
    call.say(sentence + " ...");
    const auto answer = ask_api(call, "GET", path);
    if (!answer) return answer.error();
    print_rows(call, answer->body, columns);
    return {};
}

std::string for_host(const CtlCall& call, const char* what) {
    return fmt::format("Listing {} for vhost {}", what, call.host);
}

Result<void> list_vhosts(const CtlCall& call) {
    return list(call, "Listing vhosts", "/api/vhosts", columns_of(call, {"name"}));
}
Result<void> list_users(const CtlCall& call) {
    return list(call, "Listing users", "/api/users", {{"user", "name"}, {"tags", "tags"}});
}
Result<void> list_permissions(const CtlCall& call) {
    return list(call, for_host(call, "permissions"), api_path({"vhosts", call.host, "permissions"}),
                {{"user", "user"}, {"configure", "configure"}, {"write", "write"}, {"read", "read"}});
}
Result<void> list_user_permissions(const CtlCall& call) {
    return list(call, fmt::format("Listing permissions for user \"{}\"", call.words[0]),
                api_path({"users", call.words[0], "permissions"}),
                {{"vhost", "vhost"}, {"configure", "configure"}, {"write", "write"}, {"read", "read"}});
}
Result<void> list_queues(const CtlCall& call) {
    return list(call, for_host(call, "queues"), api_path({"queues", call.host}),
                columns_of(call, {"name", "messages"}));
}
Result<void> list_exchanges(const CtlCall& call) {
    return list(call, for_host(call, "exchanges"), api_path({"exchanges", call.host}),
                columns_of(call, {"name", "type"}));
}
Result<void> list_bindings(const CtlCall& call) {
    const std::map<std::string, std::string> names{{"source_name", "source"},
                                                   {"destination_name", "destination"},
                                                   {"destination_kind", "destination_type"}};
    const std::vector<std::string> all{"source_name",      "source_kind", "destination_name",
                                       "destination_kind", "routing_key", "arguments"};
    call.say(for_host(call, "bindings") + " ...");
    auto answer = ask_api(call, "GET", api_path({"bindings", call.host}));
    if (!answer) return answer.error();
    for (auto& item : answer->body) item["source_kind"] = "exchange";
    print_rows(call, answer->body, columns_of(call, all, names));
    return {};
}
Result<void> list_connections(const CtlCall& call) {
    return list(call, "Listing connections", "/api/connections",
                columns_of(call, {"user", "peer_host", "peer_port", "state"}));
}
Result<void> list_channels(const CtlCall& call) {
    return list(call, "Listing channels", "/api/channels",
                columns_of(call, {"pid", "user", "consumer_count", "messages_unacknowledged"},
                           {{"pid", "name"}, {"connection", "connection_details.name"}}));
}
Result<void> list_consumers(const CtlCall& call) {
    return list(
        call, for_host(call, "consumers"), api_path({"consumers", call.host}),
        columns_of(call, {"queue_name", "channel_pid", "consumer_tag", "ack_required", "prefetch_count"},
                   {{"queue_name", "queue.name"}, {"channel_pid", "channel_details.name"}}));
}
const Columns policy_columns{{"vhost", "vhost"},           {"name", "name"},
                             {"pattern", "pattern"},       {"apply-to", "apply-to"},
                             {"definition", "definition"}, {"priority", "priority"}};
Result<void> list_policies(const CtlCall& call) {
    return list(call, for_host(call, "policies"), api_path({"policies", call.host}), policy_columns);
}
Result<void> list_operator_policies(const CtlCall& call) {
    return list(call, for_host(call, "operator policies"), api_path({"operator-policies", call.host}),
                policy_columns);
}
Result<void> list_vhost_limits(const CtlCall& call) {
    return list(call, for_host(call, "limits"), api_path({"vhost-limits", call.host}),
                {{"vhost", "vhost"}, {"limits", "value"}});
}

Result<void> list_parameters(const CtlCall& call) {
    return list(call, for_host(call, "runtime parameters"), "/api/parameters",
                {{"component", "component"}, {"name", "name"}, {"value", "value"}});
}

// ---- the broker

Result<void> status(const CtlCall& call) {
    const auto overview = ask_api(call, "GET", "/api/overview");
    if (!overview) return overview.error();
    const auto nodes = ask_api(call, "GET", "/api/nodes");
    if (!nodes) return nodes.error();
    if (call.json) {
        fmt::print("{}\n", json{{"overview", overview->body}, {"nodes", nodes->body}}.dump());
        return {};
    }
    fmt::print("Status of node {} ...\nRuntime\n\n", cell_text(overview->body, "node"));
    fmt::print("{} version: {} (weir)\n", cell_text(overview->body, "product_name"),
               cell_text(overview->body, "product_version"));
    for (const auto& node : nodes->body) {
        fmt::print("Node {}: running {}, OS PID {}, uptime {} ms, memory {} bytes\n", cell_text(node, "name"),
                   cell_text(node, "running"), cell_text(node, "os_pid"), cell_text(node, "uptime"),
                   cell_text(node, "mem_used"));
    }
    fmt::print("\nTotals\n\nConnection count: {}\nQueue count: {}\nMessages: {}\n\nListeners\n\n",
               cell_text(overview->body, "object_totals.connections"),
               cell_text(overview->body, "object_totals.queues"),
               cell_text(overview->body, "queue_totals.messages"));
    for (const auto& at : value_at(overview->body, "listeners")) {
        fmt::print("Interface: {}, port: {}, protocol: {}\n", cell_text(at, "ip_address"),
                   cell_text(at, "port"), cell_text(at, "protocol"));
    }
    return {};
}

Result<void> cluster_status(const CtlCall& call) {
    return list(call, "Cluster status", "/api/nodes", {{"name", "name"}, {"running", "running"}});
}

Result<void> ping(const CtlCall& call) {
    const auto answer = ask_api(call, "GET", "/api/overview");
    if (!answer) return answer.error();
    call.say("Ping succeeded");
    return {};
}

// Whoever answers has started.
Result<void> await_startup(const CtlCall& call) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{call.client.stream.timeout_ms};
    while (true) {
        const auto answer = ask_api(call, "GET", "/api/overview");
        if (answer) return {};
        const bool may_come = answer.error().code == Errc::timed_out;
        if (!may_come || std::chrono::steady_clock::now() >= end) return answer.error();
        std::this_thread::sleep_for(between_tries);
    }
}

Result<void> print_version(const CtlCall& call) {
    const auto answer = ask_api(call, "GET", "/api/overview");
    if (!answer) return answer.error();
    fmt::print("{}\n", cell_text(answer->body, "product_version"));
    return {};
}

constexpr CtlVerb list_verbs[] = {
    {"list_vhosts", "[COLUMN...]", 0, any_number, list_vhosts},
    {"list_vhost_limits", "[-p VHOST]", 0, 0, list_vhost_limits},
    {"list_users", "", 0, 0, list_users},
    {"list_permissions", "[-p VHOST]", 0, 0, list_permissions},
    {"list_user_permissions", "USER", 1, 1, list_user_permissions},
    {"list_queues", "[-p VHOST] [COLUMN...]", 0, any_number, list_queues},
    {"list_exchanges", "[-p VHOST] [COLUMN...]", 0, any_number, list_exchanges},
    {"list_bindings", "[-p VHOST] [COLUMN...]", 0, any_number, list_bindings},
    {"list_connections", "[COLUMN...]", 0, any_number, list_connections},
    {"list_channels", "[COLUMN...]", 0, any_number, list_channels},
    {"list_consumers", "[-p VHOST] [COLUMN...]", 0, any_number, list_consumers},
    {"list_policies", "[-p VHOST]", 0, 0, list_policies},
    {"list_operator_policies", "[-p VHOST]", 0, 0, list_operator_policies},
    {"list_parameters", "[-p VHOST]", 0, 0, list_parameters},
    {"status", "", 0, 0, status},
    {"cluster_status", "", 0, 0, cluster_status},
    {"ping", "", 0, 0, ping},
    {"await_startup", "", 0, 0, await_startup},
    {"version", "", 0, 0, print_version},
};

}  // namespace

std::span<const CtlVerb> ctl_lists() {
    return list_verbs;
}

}  // namespace weir::app
