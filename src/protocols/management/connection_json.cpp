// The fields that clients' tests, rabbitmqadmin and rabbitmqctl look at.
#include "protocols/management/connection_json.hpp"

namespace weir::management {

namespace {

std::string channel_name(const broker::LiveConnection& connection, std::uint32_t number) {
    return fmt::format("{} ({})", connection_name(connection), number);
}

Json end_json(const broker::LiveConnection& connection) {
    return {{"name", connection_name(connection)},
            {"peer_host", connection.peer.host},
            {"peer_port", connection.peer.port}};
}

}  // namespace

std::string connection_name(const broker::LiveConnection& connection) {
    return fmt::format("{} -> {}", connection.peer.text(), connection.local.text());
}

Json connection_json(const Call& call, const broker::LiveConnection& connection) {
    const auto node = node_name(call.services.broker.node());
    Json out{{"name", connection_name(connection)},
             {"pid", fmt::format("<{}.1.{}.0>", node, connection.id)},
             {"node", node},
             {"type", "network"},
             {"state", "running"},
             {"ssl", false},
             {"protocol", connection.protocol},
             {"auth_mechanism", connection.mechanism},
             {"user", connection.user},
             {"vhost", connection.host},
             {"peer_host", connection.peer.host},
             {"peer_port", connection.peer.port},
             {"host", connection.local.host},
             {"port", connection.local.port},
             {"connected_at", connection.connected_at_ms},
             {"timeout", connection.timeout_s},
             {"frame_max", connection.frame_max},
             {"channel_max", connection.channel_max},
             {"channels", connection.channels.size()},
             {"client_properties", to_json(connection.client_properties)}};
    if (!connection.name.empty()) out["user_provided_name"] = connection.name;
    return out;
}

std::vector<Json> channels_json(const Call& call, const broker::LiveConnection& connection) {
    std::vector<Json> out;
    for (const auto& channel : connection.channels) {
        out.push_back({{"name", channel_name(connection, channel.number)},
                       {"number", channel.number},
                       {"node", node_name(call.services.broker.node())},
                       {"state", "running"},
                       {"user", connection.user},
                       {"vhost", connection.host},
                       {"connection_details", end_json(connection)},
                       {"consumer_count", channel.consumers.size()},
                       {"prefetch_count", channel.window},
                       {"global_prefetch_count", channel.shared_window},
                       {"messages_unacknowledged", channel.unacknowledged},
                       {"messages_unconfirmed", channel.unconfirmed},
                       {"confirm", channel.is_confirming},
                       {"transactional", channel.is_transactional}});
    }
    return out;
}

std::vector<Json> consumers_json(const Call& call, const broker::LiveConnection& connection) {
    std::vector<Json> out;
    for (const auto& channel : connection.channels) {
        auto details = end_json(connection);
        details["connection_name"] = details["name"];
        details["name"] = channel_name(connection, channel.number);
        details["number"] = channel.number;
        details["node"] = node_name(call.services.broker.node());
        details["user"] = connection.user;
        for (const auto& consumer : channel.consumers) {
            out.push_back({{"consumer_tag", consumer.tag},
                           {"queue", {{"name", consumer.queue}, {"vhost", connection.host}}},
                           {"ack_required", consumer.acknowledges},
                           {"exclusive", consumer.is_exclusive},
                           {"prefetch_count", consumer.window},
                           {"channel_details", details}});
        }
    }
    return out;
}

}  // namespace weir::management
