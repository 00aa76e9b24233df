// The broker as a whole, and its nodes.
#include <unistd.h>

#include <thread>

#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/process_facts.hpp"
#include "protocols/management/queue_view.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

// Clients take it for granted that there is one.
constexpr const char* no_erlang = "none";

Json exchange_types() {
    using enum topology::ExchangeKind;
    auto out = Json::array();
    for (const auto kind : {direct, fan_out, pattern, header, consistent_hash, modulus_hash, random})
        out.push_back(Json{{"name", amqp::exchange_type(kind)}, {"description", ""}, {"enabled", true}});
    return out;
}

Json listeners(const Call& call) {
    auto out = Json::array();
    for (const auto& listener : open_listeners(call)) {
        out.push_back(Json{{"node", node_name(call.services.broker.node())},
                           {"protocol", listener.protocol},
                           {"ip_address", listener.endpoint.host},
                           {"port", listener.endpoint.port}});
    }
    return out;
}

// What is served by HTTP, and where.
Json contexts(const Call& call) {
    auto out = Json::array();
    for (const auto& listener : open_listeners(call)) {
        if (listener.protocol != "http" && listener.protocol != "https") continue;
        out.push_back(Json{{"node", node_name(call.services.broker.node())},
                           {"description", "RabbitMQ Management"},
                           {"path", "/"},
                           {"ip", listener.endpoint.host},
                           {"port", std::to_string(listener.endpoint.port)}});
    }
    return out;
}

Json object_totals(const Call& call, const std::vector<const topology::HostState*>& hosts,
                   std::size_t streams) {
    std::size_t exchanges = 0, queues = streams, channels = 0, consumers = 0;
    for (const auto* host : hosts) {
        exchanges += host->exchanges.size() + 1;  // the default one
        queues += host->queues.size();
    }
    const auto connections = call.services.connections.list();
    for (const auto& connection : connections) {
        channels += connection.channels.size();
        for (const auto& channel : connection.channels) consumers += channel.consumers.size();
    }
    return {{"connections", connections.size()},
            {"channels", channels},
            {"consumers", consumers},
            {"exchanges", exchanges},
            {"queues", queues}};
}

// ---- this process

void add_process(const Call& call, Json& node) {
    auto& broker = call.services.broker;
    const auto low = call.services.connections.low();
    node["os_pid"] = std::to_string(getpid());
    node["uptime"] = broker.clock().monotonic_ms() - call.services.started_ms;
    node["processors"] = std::thread::hardware_concurrency();
    const auto facts = process_facts(broker.data_directory());
    node["mem_used"] = facts.resident_bytes;
    node["mem_limit"] = facts.memory_bytes;
    node["mem_alarm"] = low.find("memory") != std::string::npos;
    node["fd_used"] = facts.open_files;
    node["fd_total"] = facts.file_limit;
    node["proc_used"] = facts.threads;
    node["proc_total"] = facts.thread_limit;
    node["sockets_used"] = call.services.connections.count();
    node["sockets_total"] = facts.file_limit;
    node["disk_free"] = facts.free_disk_bytes;
    node["disk_free_alarm"] = low.find("disk") != std::string::npos;
    node["db_dir"] = broker.data_directory();
    node["exchange_types"] = exchange_types();
    node["auth_mechanisms"] = Json::array(
        {Json{{"name", "PLAIN"}, {"enabled", true}}, Json{{"name", "AMQPLAIN"}, {"enabled", true}}});
}

// RabbitMQ tells apart what its runtime and its plugins take; here all is the process's.
Json memory_json(const ProcessFacts& facts) {
    return {{"strategy", "rss"},
            {"other_system", facts.resident_bytes},
            {"total", {{"erlang", 0}, {"rss", facts.resident_bytes}, {"allocated", facts.resident_bytes}}}};
}

const metadata::Node* find_node(const Call& call) {
    for (const auto& [id, node] : call.catalogue->nodes()) {
        if (node_name(id) == call.arguments[0]) return &node;
    }
    return nullptr;
}

// Of another node it is not known here.
Json memory_of(const Call& call, const metadata::Node& node) {
    auto& broker = call.services.broker;
    return node.id == broker.node() ? memory_json(process_facts(broker.data_directory()))
                                    : Json("not_available");
}

Json node_json(const Call& call, const metadata::Node& node) {
    Json out{{"name", node_name(node.id)},
             {"type", "disc"},
             {"running", !node.is_fenced},
             {"rates_mode", "basic"},
             {"partitions", Json::array()}};
    if (node.id == call.services.broker.node()) add_process(call, out);
    return out;
}

}  // namespace

Result<Answer> get_overview(const Call& call) {
    const auto& services = call.services;
    const auto hosts = visible_hosts(call);
    const auto counts = count_queues(call, visible_queues(hosts));
    const auto streams = visible_streams(services, hosts);
    Json out{{"management_version", services.version},
             {"rabbitmq_version", services.version},
             {"product_name", services.product},
             {"product_version", services.version},
             {"erlang_version", no_erlang},
             {"erlang_full_version", no_erlang},
             {"rates_mode", "basic"},
             {"disable_stats", false},
             {"enable_queue_totals", true},
             {"cluster_name", amqp::cluster_name(call.topology(), services.cluster_name)},
             {"node", node_name(services.broker.node())},
             {"exchange_types", exchange_types()},
             {"object_totals", object_totals(call, hosts, streams.size())}};
    add_message_stats(call, out, counts, record_count(call, streams));
    if (has(*call.user, Rights::monitoring)) {
        out["listeners"] = listeners(call);
        out["contexts"] = contexts(call);
    }
    return shown(call, out);
}

Result<Answer> list_nodes(const Call& call) {
    std::vector<Json> items;
    for (const auto& [id, node] : call.catalogue->nodes()) items.push_back(node_json(call, node));
    return listed(call, std::move(items));
}

Result<Answer> get_node(const Call& call) {
    const auto* node = find_node(call);
    if (node == nullptr) return not_found();
    auto json = node_json(call, *node);
    if (call.is_set("memory")) json["memory"] = memory_of(call, *node);
    return shown(call, json);
}

Result<Answer> get_node_memory(const Call& call) {
    const auto* node = find_node(call);
    if (node == nullptr) return not_found();
    return shown(call, {{"memory", memory_of(call, *node)}});
}

// In percent of all.
Result<Answer> get_relative_node_memory(const Call& call) {
    const auto* node = find_node(call);
    if (node == nullptr) return not_found();
    const auto memory = memory_of(call, *node);
    return shown(call,
                 {{"memory", memory.is_object() ? Json{{"total", 100}, {"other_system", 100}} : memory}});
}

// Rates begin anew; what was counted since the queues' logs got their leaders goes on.
Result<Answer> reset_statistics(const Call& call) {
    if (!call.arguments.empty() && find_node(call) == nullptr) return not_found();
    call.services.rates->forget();
    return no_content();
}

Result<Answer> list_nothing(const Call& call) {
    return listed(call, {});
}

// What a console would load of RabbitMQ's management plugin: clients look here for whether there is one.
Result<Answer> list_extensions(const Call& call) {
    return listed(call, {Json{{"javascript", "dispatcher.js"}}});
}

}  // namespace weir::management
