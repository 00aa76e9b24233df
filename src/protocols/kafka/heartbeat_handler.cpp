// Heartbeat: a member lives, and learns whether it must join again.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_heartbeat(HeartbeatCall call) {
    const auto& asked = call.request;
    stream::HeartbeatRequest request{.group = std::string(asked.group_id),
                                     .member_id = std::string(asked.member_id),
                                     .instance_id = owned(asked.group_instance_id),
                                     .generation = asked.generation_id};
    auto& groups = call.broker().groups();
    groups.ask<stream::HeartbeatRequest>(std::move(request),
                                         [call = std::move(call)](stream::HeartbeatReply reply) {
                                             HeartbeatResponse response;
                                             if (reply.error)
                                                 response.error_code = error_code(reply.error->code);
                                             call.reply_from_anywhere(std::move(response));
                                         });
}

}  // namespace weir::kafka
