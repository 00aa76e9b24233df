// Health checks: 200 if all is well, 503 with what is not.
#include <charconv>

#include "protocols/management/changes.hpp"
#include "protocols/management/handlers.hpp"

namespace weir::management {

namespace {

Answer healthy() {
    return ok({{"status", "ok"}});
}

Answer failed(Json body) {
    body["status"] = "failed";
    return {503, std::move(body)};
}

// The nodes that can't be done without right now are those of a quorum that has none to spare.
Result<bool> is_critical(const Call& call) {
    const auto quorum =
        await<metadata::Quorum>([&](auto done) { call.services.broker.describe_quorum(std::move(done)); });
    if (!quorum) return quorum.error();
    std::size_t voters = 0, running = 0;
    for (const auto& member : quorum->members) {
        if (!member.is_voter) continue;
        ++voters;
        const auto node = call.catalogue->nodes().find(member.node);
        running += node != call.catalogue->nodes().end() && !node->second.is_fenced;
    }
    return voters > 1 && running <= voters / 2 + 1;
}

}  // namespace

// An alarm is a resource that is so low that those who publish wait.
Result<Answer> check_alarms(const Call& call) {
    const auto low = call.services.connections.low();
    if (low.empty()) return healthy();
    auto alarms = Json::array();
    for (const auto* resource : {"memory", "disk"}) {
        if (low.find(resource) == std::string::npos) continue;
        alarms.push_back(Json{{"node", node_name(call.services.broker.node())}, {"resource", resource}});
    }
    return failed({{"reason", "There are alarms in effect"}, {"alarms", std::move(alarms)}});
}

// Of another node only this is known here: whether the cluster hears from it.
Result<Answer> check_node(const Call& call) {
    for (const auto& [id, node] : call.catalogue->nodes()) {
        if (node_name(id) != call.arguments[0]) continue;
        if (id == call.services.broker.node()) return check_alarms(call);
        return node.is_fenced ? failed({{"reason", "the node is not running"}}) : healthy();
    }
    return not_found();
}

Result<Answer> check_nothing(const Call&) {
    return healthy();  // there are no mirrors and no certificates to be looked after
}

Result<Answer> check_quorum(const Call& call) {
    const auto critical = is_critical(call);
    if (!critical) return critical.error();
    if (!*critical) return healthy();
    return failed({{"reason", "the quorum of the metadata log would be lost with one more node"}});
}

Result<Answer> check_hosts(const Call&) {
    return healthy();  // they run as long as the node does
}

Result<Answer> check_port(const Call& call) {
    const auto& text = call.arguments[0];
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) return bad_request("this is no port");
    auto ports = Json::array();
    for (const auto& listener : open_listeners(call)) {
        if (listener.endpoint.port == port) return ok({{"status", "ok"}, {"port", port}});
        ports.push_back(listener.endpoint.port);
    }
    return failed({{"reason", "No active listener"}, {"missing", port}, {"ports", std::move(ports)}});
}

Result<Answer> check_protocol(const Call& call) {
    auto wanted = call.arguments[0];
    if (wanted == "amqp091" || wanted == "amqp0.9.1") wanted = "amqp";
    auto protocols = Json::array();
    for (const auto& listener : open_listeners(call)) {
        if (listener.protocol == wanted) return ok({{"status", "ok"}, {"protocol", listener.protocol}});
        protocols.push_back(listener.protocol);
    }
    return failed(
        {{"reason", "No active listener"}, {"missing", wanted}, {"protocols", std::move(protocols)}});
}

// A message goes through a queue and back.
Result<Answer> check_aliveness(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    constexpr const char* queue = "aliveness-test";
    if (auto made = make_queue(call.services, {.host = call.arguments[0], .name = queue}); !made)
        return made.error();
    auto there = call;
    there.catalogue = call.services.queues().catalogue();
    there.arguments = {call.arguments[0], "amq.default"};
    there.body = {{"routing_key", queue}, {"payload", "test_message"}, {"properties", Json::object()}};
    if (const auto published = publish_message(there); !published) return published.error();
    there.arguments = {call.arguments[0], queue};
    there.body = {{"count", 1}, {"ackmode", "ack_requeue_false"}};
    const auto got = get_messages(there);
    if (!got) return got.error();
    if (got->body->empty()) return failed({{"reason", "the message did not come back"}});
    return healthy();
}

}  // namespace weir::management
