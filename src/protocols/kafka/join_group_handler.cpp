// JoinGroup: answered when the group's new generation begins.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int16_t first_version_with_rebalance_timeout = 1;
constexpr std::int16_t first_version_with_known_ids = 4;  // KIP-394
constexpr std::int16_t first_version_with_null_names = 7;
constexpr std::int16_t first_version_that_skips_assignment = 9;

stream::JoinRequest to_request(const JoinGroupCall& call) {
    const auto& asked = call.request;
    stream::JoinRequest request;
    request.group = asked.group_id;
    request.member_id = asked.member_id;
    request.instance_id = owned(asked.group_instance_id);
    request.client_id = call.exchange->header().client_id.value_or("");
    request.client_host = "/" + call.exchange->peer_host();
    request.protocol_type = asked.protocol_type;
    for (const auto& each : asked.protocols) {
        request.protocols.push_back(
            {std::string(each.name), Bytes(each.metadata.begin(), each.metadata.end())});
    }
    request.session_timeout_ms = asked.session_timeout_ms;
    const bool has_timeout = call.version() >= first_version_with_rebalance_timeout;
    request.rebalance_timeout_ms = has_timeout ? asked.rebalance_timeout_ms : asked.session_timeout_ms;
    request.reason = asked.reason.value_or("");
    request.needs_known_id = call.version() >= first_version_with_known_ids;
    request.can_skip_assignment = call.version() >= first_version_that_skips_assignment;
    return request;
}

JoinGroupResponse to_response(stream::JoinReply&& reply, std::int16_t version) {
    JoinGroupResponse response;
    response.member_id = std::move(reply.member_id);
    if (reply.error) {
        response.error_code = error_code(reply.error->code);
        if (version < first_version_with_null_names) response.protocol_name = "";
        return response;
    }
    response.generation_id = reply.generation;
    response.protocol_type = std::move(reply.protocol_type);
    response.protocol_name = std::move(reply.protocol);
    response.leader = std::move(reply.leader);
    response.skip_assignment = reply.skip_assignment;
    for (auto& member : reply.members) {
        response.members.push_back(
            {std::move(member.member_id), std::move(member.instance_id), std::move(member.metadata)});
    }
    return response;
}

}  // namespace

void handle_join_group(JoinGroupCall call) {
    auto request = to_request(call);
    auto& groups = call.broker().groups();
    groups.ask<stream::JoinRequest>(std::move(request), [call = std::move(call)](stream::JoinReply reply) {
        call.reply_from_anywhere(to_response(std::move(reply), call.version()));
    });
}

}  // namespace weir::kafka
