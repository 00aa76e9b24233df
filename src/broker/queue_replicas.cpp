// Adds the nodes that have the least, then chooses who is to lead.
#include "broker/queue_replicas.hpp"

#include "broker/queue/queue_shard.hpp"
#include "metadata/placement.hpp"

namespace weir::broker {
namespace {

using metadata::NodeList;

// The member that the fewest partitions prefer so far comes first.
void choose_leader(NodeList& replicas, std::map<NodeId, std::size_t>& preferred) {
    const auto best = std::ranges::min_element(replicas, {}, [&](NodeId node) { return preferred[node]; });
    std::swap(*best, replicas.front());
    ++preferred[replicas.front()];
}

}  // namespace

std::vector<metadata::ReassignPartitions::Item> grow_queue_logs(const metadata::Catalogue& catalogue) {
    std::vector<metadata::ReassignPartitions::Item> items;
    const auto* topic = catalogue.find(queue::queues_topic);
    if (topic == nullptr) return items;
    metadata::Placer placer{catalogue, topic, 0};
    const auto wanted =
        std::min(static_cast<std::size_t>(catalogue.broker_settings().queue_replicas), placer.node_count());
    std::map<NodeId, std::size_t> preferred;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        const auto& partition = *topic->partition(PartitionId{i});
        auto replicas = partition.replicas;
        if (partition.is_reassigning() || replicas.size() >= wanted) {
            ++preferred[replicas.front()];
            continue;
        }
        while (replicas.size() < wanted) {
            const auto more = placer.one_more(replicas);
            if (!more) break;
            replicas.push_back(*more);
        }
        if (replicas.size() == partition.replicas.size()) continue;
        choose_leader(replicas, preferred);
        items.push_back({.partition = {topic->name, PartitionId{i}}, .target = std::move(replicas)});
    }
    return items;
}

}  // namespace weir::broker
