// A partition's leader and replicas as Metadata and DescribeTopicPartitions tell them.
#pragma once

#include "broker/broker.hpp"
#include "protocols/kafka/node_list.hpp"
#include "protocols/kafka/wire/error_code.hpp"

namespace weir::kafka {

// A leader that seems to be dead is none: clients that are told so ask again soon, and those that are told
// the old one may wait for a second.
template <class PartitionReply>
void describe_partition(const broker::Broker& broker, const metadata::Partition& partition,
                        const metadata::NodeMap& nodes, PartitionReply& out) {
    out.leader_id = broker.is_suspect(partition.leader) ? metadata::no_node : partition.leader;
    if (out.leader_id == metadata::no_node) out.error_code = ErrorCode::leader_not_available;
    out.leader_epoch = partition.leader_epoch;
    out.replica_nodes = as_vector(partition.replicas);
    out.isr_nodes = as_vector(partition.in_sync);
    for (const auto replica : partition.replicas) {
        const auto node = nodes.find(replica);
        if (node == nodes.end() || node->second.is_fenced) out.offline_replicas.push_back(replica);
    }
}

}  // namespace weir::kafka
