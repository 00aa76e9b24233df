// ListGroups: all groups, or those in some states or of some types.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_list_groups(ListGroupsCall call) {
    stream::ListRequest request{.states = owned(call.request.states_filter),
                                .types = owned(call.request.types_filter)};
    auto& groups = call.broker().groups();
    groups.ask<stream::ListRequest>(std::move(request), [call = std::move(call)](stream::ListReply reply) {
        ListGroupsResponse response;
        if (reply.error) response.error_code = error_code(reply.error->code);
        for (auto& each : reply.groups) {
            response.groups.push_back({std::move(each.group), std::move(each.protocol_type),
                                       std::string(stream::name(each.state)), std::move(each.type)});
        }
        call.reply_from_anywhere(std::move(response));
    });
}

}  // namespace weir::kafka
