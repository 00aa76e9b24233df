// Which nodes a topic's partitions shall lie on, from what an operator says.
#pragma once

#include "cluster/status_messages.hpp"

namespace weir::app {

struct ReassignWish {
    std::optional<std::size_t> replicas;  // how many of each partition
    std::vector<NodeId> to;               // on these nodes; none: weir chooses, and moves as little as it can
    std::optional<PartitionId> partition;  // of this one alone
};

// What is to be asked for: partitions that lie right already are left out. Errors: not_found (the partition),
// invalid_replication (too few nodes), invalid_argument (a node named twice).
Result<std::vector<metadata::ReassignPartitions::Item>> plan_reassignment(
    const std::vector<cluster::NodeStatus>& nodes, const std::vector<cluster::PartitionStatus>& partitions,
    const ReassignWish& wish);

}  // namespace weir::app
