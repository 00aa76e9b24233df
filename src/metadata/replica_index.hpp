// Which partitions have a replica on a node, so that what befalls a node costs no more than its own
// partitions.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/shared_table.hpp"
#include "metadata/topic.hpp"

namespace weir::metadata {

// Those of one topic on one node, in order.
struct TopicReplicas {
    Uuid topic;
    std::vector<PartitionId> partitions;
};

struct NodeReplicas {
    SharedTable<TopicReplicas> topics;
    std::size_t replicas = 0;
    std::size_t preferred = 0;  // of which it is the first replica
};

// Another set of replicas of one partition; nullptr: none.
struct ReplicaChange {
    PartitionId partition;
    const NodeList* before = nullptr;
    const NodeList* after = nullptr;
};

// A value; copies share what is the same.
class ReplicaIndex {
  public:
    ReplicaIndex() : nodes_(std::make_shared<const Map>()) {}

    // All of a topic's partitions from number `first` on.
    void add(const Topic& topic, std::size_t first);
    void remove(const Topic& topic);
    // `changes` in the order of the partitions.
    void change(const Uuid& topic, const std::vector<ReplicaChange>& changes);

    const NodeReplicas& of(NodeId node) const;

  private:
    using Map = std::map<NodeId, std::shared_ptr<const NodeReplicas>>;
    std::shared_ptr<const Map> nodes_;
};

}  // namespace weir::metadata
