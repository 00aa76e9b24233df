// FindCoordinator: which node looks after a group or a transaction.
#include "broker/broker.hpp"
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
};

Found look_up(std::int8_t key_type, std::string_view key) {
    // An error that clients take for final: they ask again after most others, until the application gives up.
    if (key_type == transaction_key) {
        return {ErrorCode::transactional_id_authorization_failed,
                "weir has no transactions yet: leave transactional.id out"};
    }
    if (key_type != group_key) return {ErrorCode::invalid_request, "weir has coordinators for groups only"};
    if (key.empty()) return {ErrorCode::invalid_group_id, "the group's name is empty"};
    return {};
}

}  // namespace

void handle_find_coordinator(FindCoordinatorCall call) {
    const auto& request = call.request;
    const auto& advertised = call.exchange->advertised();
    const auto node = call.broker().node();
    const auto fill = [&](auto& reply, const Found& found) {
        const bool good = found.error == ErrorCode::none;
        reply.error_code = found.error;
        if (!good) reply.error_message = found.message;
        reply.node_id = good ? node : NodeId{-1};
        reply.host = good ? advertised.host : "";
        reply.port = good ? advertised.port : -1;
    };
    FindCoordinatorResponse response;
    if (call.version() < first_batched_version) {
        fill(response, look_up(request.key_type, request.key));
        return call.reply(response);
    }
    for (const auto& key : request.coordinator_keys) {
        auto& reply = response.coordinators.emplace_back();
        reply.key = std::string(key);
        fill(reply, look_up(request.key_type, key));
    }
    call.reply(response);
}

}  // namespace weir::kafka
