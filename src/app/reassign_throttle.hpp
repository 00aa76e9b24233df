// A limit on how fast a reassignment copies: settings of the topic and of the nodes, as Kafka's own tool sets
// them, that are there as long as it takes.
#pragma once

#include <set>

#include "app/cluster_connection.hpp"

namespace weir::app {

struct ThrottlePlan {
    std::string leader_replicas;    // "0:1,0:2": who may be copied from
    std::string follower_replicas;  // who is copied to: replicas that are there already are not held back
    std::set<NodeId> nodes;         // whose rates are to be set
};
// Pure. `items` are of one topic, whose partitions are given.
ThrottlePlan plan_throttle(const std::vector<cluster::PartitionStatus>& partitions,
                           const std::vector<metadata::ReassignPartitions::Item>& items);

// Errors: as ClusterConnection::change.
Result<void> set_throttle(ClusterConnection& connection, const std::string& topic, const ThrottlePlan& plan,
                          std::int64_t bytes_per_s);
Result<void> take_back_throttle(ClusterConnection& connection, const std::string& topic,
                                const ThrottlePlan& plan);

}  // namespace weir::app
