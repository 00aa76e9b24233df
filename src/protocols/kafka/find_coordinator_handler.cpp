// FindCoordinator: which node looks after a group or a transaction.
#include "broker/broker.hpp"
#include "protocols/kafka/cluster_view.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int8_t group_key = 0;
constexpr std::int8_t transaction_key = 1;
constexpr std::int16_t first_batched_version = 4;

struct Found {
    ErrorCode error = ErrorCode::none;
    std::string message;
    NodeView node{.id = NodeId{-1}, .host = "", .port = 0, .rack = {}};
};

// The node that leads the group's partition of the internal topic, which is made when it is first wanted.
Found look_up_group(const FindCoordinatorCall& call, std::string_view group) {
    const Found nobody{ErrorCode::coordinator_not_available, "nobody looks after the group at the moment"};
    auto& broker = call.broker();
    const auto topic = broker.topics().find(stream::offsets_topic);
    if (!topic) {
        broker.create_missing_topic(std::string{stream::offsets_topic});
        return nobody;
    }
    const PartitionId shard{stream::shard_of(group, topic->info->partition_count())};
    auto node = find_node(broker, call.exchange->advertised(), topic->info->partition(shard)->leader);
    if (!node) return nobody;
    return {.error = ErrorCode::none, .message = {}, .node = std::move(*node)};
}

Found look_up(const FindCoordinatorCall& call, std::string_view key) {
    const auto key_type = call.request.key_type;

    // An error that clients take for final: they ask again after most others, until the application gives up.
    if (key_type == transaction_key) {
        return {ErrorCode::transactional_id_authorization_failed,
                "weir has no transactions yet: leave transactional.id out"};
    }
    if (key_type != group_key) return {ErrorCode::invalid_request, "weir has coordinators for groups only"};
    if (key.empty()) return {ErrorCode::invalid_group_id, "the group's name is empty"};
    return look_up_group(call, key);
}

}  // namespace

void handle_find_coordinator(FindCoordinatorCall call) {
    const auto& request = call.request;
    const auto fill = [&](auto& reply, const Found& found) {
        const bool good = found.error == ErrorCode::none;
        reply.error_code = found.error;
        if (!good) reply.error_message = found.message;
        reply.node_id = found.node.id;
        reply.host = found.node.host;
        reply.port = good ? found.node.port : -1;
    };
    FindCoordinatorResponse response;
    if (call.version() < first_batched_version) {
        fill(response, look_up(call, request.key));
        return call.reply(response);
    }
    for (const auto& key : request.coordinator_keys) {
        auto& reply = response.coordinators.emplace_back();
        reply.key = std::string(key);
        fill(reply, look_up(call, key));
    }
    call.reply(response);
}

}  // namespace weir::kafka
