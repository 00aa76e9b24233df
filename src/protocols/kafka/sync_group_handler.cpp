// SyncGroup: the leader brings the assignments, everybody gets their own.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_sync_group(SyncGroupCall call) {
    const auto& asked = call.request;
    stream::SyncRequest request{.group = std::string(asked.group_id),
                                .member_id = std::string(asked.member_id),
                                .instance_id = owned(asked.group_instance_id),
                                .generation = asked.generation_id,
                                .protocol_type = owned(asked.protocol_type),
                                .protocol = owned(asked.protocol_name),
                                .assignments = {}};
    for (const auto& each : asked.assignments) {
        request.assignments.push_back(
            {std::string(each.member_id), Bytes(each.assignment.begin(), each.assignment.end())});
    }
    auto& groups = call.broker().groups();
    groups.ask<stream::SyncRequest>(std::move(request), [call = std::move(call)](stream::SyncReply reply) {
        SyncGroupResponse response;
        if (reply.error) {
            response.error_code = error_code(reply.error->code);
        } else {
            response.protocol_type = std::move(reply.protocol_type);
            response.protocol_name = std::move(reply.protocol);
            response.assignment = std::move(reply.assignment);
        }
        call.reply_from_anywhere(std::move(response));
    });
}

}  // namespace weir::kafka
