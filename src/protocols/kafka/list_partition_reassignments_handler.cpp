// ListPartitionReassignments: what is on its way to other replicas, from this node's catalogue.
#include <set>

#include "broker/broker.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/node_list.hpp"

namespace weir::kafka {

namespace {

using TopicReassignments = ListPartitionReassignmentsResponse::Topic;

void add(TopicReassignments& reply, PartitionId number, const metadata::Partition* partition) {
    if (partition == nullptr || !partition->is_reassigning()) return;
    reply.partitions.push_back({number, as_vector(partition->replicas), as_vector(partition->adding),
                                as_vector(partition->removing())});
}

void keep(ListPartitionReassignmentsResponse& response, TopicReassignments reply) {
    if (!reply.partitions.empty()) response.topics.push_back(std::move(reply));
}

void list_all(const metadata::Catalogue& catalogue, ListPartitionReassignmentsResponse& response) {
    catalogue.for_each_topic([&](const metadata::TopicPtr& topic) {
        TopicReassignments reply{topic->name, {}};
        for (std::int32_t i = 0; i < topic->partition_count(); ++i)
            add(reply, PartitionId{i}, topic->partition(PartitionId{i}));
        keep(response, std::move(reply));
    });
}

}  // namespace

void handle_list_partition_reassignments(ListPartitionReassignmentsCall call) {
    const auto catalogue = call.broker().controller().catalogue();
    ListPartitionReassignmentsResponse response;
    if (!call.request.topics) {
        list_all(*catalogue, response);
        return call.reply(response);
    }
    for (const auto& wanted : *call.request.topics) {
        const auto* topic = catalogue->find(wanted.name);
        if (topic == nullptr) continue;
        TopicReassignments reply{topic->name, {}};
        const std::set<PartitionId> numbers{wanted.partition_indexes.begin(), wanted.partition_indexes.end()};
        for (const auto number : numbers) add(reply, number, topic->partition(number));
        keep(response, std::move(reply));
    }
    call.reply(response);
}

}  // namespace weir::kafka
