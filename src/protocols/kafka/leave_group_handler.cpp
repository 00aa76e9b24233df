// LeaveGroup: one member up to version 2, several (and static ones by instance) from version 3 on.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int16_t first_version_with_members = 3;

stream::LeaveRequest to_request(const LeaveGroupCall& call) {
    const auto& asked = call.request;
    stream::LeaveRequest request{.group = std::string(asked.group_id), .members = {}};
    if (call.version() < first_version_with_members) {
        request.members.push_back(
            {.member_id = std::string(asked.member_id), .instance_id = {}, .reason = {}});
    }
    for (const auto& member : asked.members) {
        request.members.push_back({std::string(member.member_id), owned(member.group_instance_id),
                                   std::string(member.reason.value_or(""))});
    }
    return request;
}

LeaveGroupResponse to_response(const stream::LeaveReply& reply, std::int16_t version) {
    LeaveGroupResponse response;
    if (reply.error) response.error_code = error_code(reply.error->code);
    for (const auto& member : reply.members) {
        const auto error = member.error ? error_code(member.error->code) : ErrorCode::none;
        response.members.push_back({member.member_id, member.instance_id, error});
        if (version < first_version_with_members && !reply.error) response.error_code = error;
    }
    return response;
}

}  // namespace

void handle_leave_group(LeaveGroupCall call) {
    auto request = to_request(call);
    auto& groups = call.broker().groups();
    groups.ask<stream::LeaveRequest>(std::move(request), [call = std::move(call)](stream::LeaveReply reply) {
        call.reply_from_anywhere(to_response(reply, call.version()));
    });
}

}  // namespace weir::kafka
