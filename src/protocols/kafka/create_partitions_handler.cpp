// CreatePartitions: more partitions for topics that exist.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/node_list.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

Result<void> add_assignment(const CreatePartitionsRequest::Topic& wanted, metadata::AddPartitions& command) {
    if (!wanted.assignments) return {};
    for (const auto& each : *wanted.assignments) {
        auto nodes = node_list(each.broker_ids);
        if (!nodes) return nodes.error();
        command.assignment.push_back(std::move(*nodes));
    }
    return {};
}

}  // namespace

void handle_create_partitions(CreatePartitionsCall call) {
    const auto gathered = std::make_shared<GatheredReply<CreatePartitionsCall>>(std::move(call));
    const auto& request = gathered->call.request;
    gathered->response.results.resize(request.topics.size());
    for (std::size_t i = 0; i < request.topics.size(); ++i) {
        const auto& wanted = request.topics[i];
        auto& reply = gathered->response.results[i];
        reply.name = wanted.name;
        metadata::AddPartitions command{
            .name = std::string(wanted.name), .total = wanted.count, .validate_only = request.validate_only};
        if (auto assigned = add_assignment(wanted, command); !assigned) {
            set_error(reply, assigned.error());
            continue;
        }
        const auto topic = gathered->call.broker().topics().find(wanted.name);
        if (auto changeable = check_changeable(topic.get()); !changeable) {
            set_error(reply, changeable.error());
            continue;
        }
        gathered->expect();
        gathered->call.broker().change(std::move(command), [gathered, &reply](auto result) {
            if (!result) set_error(reply, result.error());
            gathered->done();
        });
    }
    gathered->done();
}

}  // namespace weir::kafka
