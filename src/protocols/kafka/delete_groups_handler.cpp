// DeleteGroups: empty groups and their offsets are forgotten.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_delete_groups(DeleteGroupsCall call) {
    const auto gathered = std::make_shared<GatheredReply<DeleteGroupsCall>>(std::move(call));
    const auto& names = gathered->call.request.groups_names;
    gathered->response.results.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto& part = gathered->response.results[i];
        part.group_id = names[i];
        gathered->expect();
        gathered->call.broker().groups().ask<stream::DeleteGroupRequest>(
            {.group = std::string(names[i])}, [gathered, &part](stream::DeleteGroupReply reply) {
                if (reply.error) part.error_code = error_code(reply.error->code);
                gathered->done();
            });
    }
    gathered->done();
}

}  // namespace weir::kafka
