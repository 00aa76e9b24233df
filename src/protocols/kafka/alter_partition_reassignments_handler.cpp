// AlterPartitionReassignments: moves partitions to other replicas, in the background.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/node_list.hpp"

namespace weir::kafka {

namespace {

using Response = AlterPartitionReassignmentsResponse;

// The request's items, and for each of them its place in the reply.
struct Asked {
    metadata::ReassignPartitions command;
    std::vector<std::pair<std::size_t, std::size_t>> places;  // topic, partition
};

// What can't be asked for has its error in the reply already.
Asked to_command(const AlterPartitionReassignmentsRequest& request, Response& response) {
    Asked asked{.command = {.items = {}, .may_change_replica_count = request.allow_replication_factor_change},
                .places = {}};
    for (const auto& topic : request.topics) {
        auto& topic_reply = response.responses.emplace_back();
        topic_reply.name = topic.name;
        for (const auto& wanted : topic.partitions) {
            auto& reply = topic_reply.partitions.emplace_back();
            reply.partition_index = wanted.partition_index;
            metadata::ReassignPartitions::Item item{
                .partition = {std::string{topic.name}, wanted.partition_index}, .target = {}};
            if (wanted.replicas) {
                auto nodes = node_list(*wanted.replicas);
                if (!nodes) {
                    set_error(reply, nodes.error());
                    continue;
                }
                item.target = std::move(*nodes);
            }
            asked.command.items.push_back(std::move(item));
            asked.places.emplace_back(response.responses.size() - 1, topic_reply.partitions.size() - 1);
        }
    }
    return asked;
}

}  // namespace

void handle_alter_partition_reassignments(AlterPartitionReassignmentsCall call) {
    Response response;
    response.allow_replication_factor_change = call.request.allow_replication_factor_change;
    auto asked = to_command(call.request, response);
    auto& broker = call.broker();
    broker.change(
        std::move(asked.command),
        [call = std::move(call), response = std::move(response),
         places = std::move(asked.places)](const Result<metadata::ReassignPartitions::Reply>& reply) mutable {
            if (!reply) set_error(response, reply.error());
            for (std::size_t i = 0; reply && i < std::min(places.size(), reply->outcomes.size()); ++i) {
                const auto [topic, partition] = places[i];
                const auto& outcome = reply->outcomes[i];
                if (!outcome) set_error(response.responses[topic].partitions[partition], outcome.error());
            }
            call.reply_from_anywhere(std::move(response));
        });
}

}  // namespace weir::kafka
