// What the settings say of how fast replicas may be copied: Kafka's words, as its tools set them.
#pragma once

#include "metadata/catalogue.hpp"
#include "replication/throttle.hpp"

namespace weir::broker {

// Bytes a second of one node: {leader,follower}.replication.throttled.rate, its own or the default of all.
struct ReplicationRates {
    std::int64_t as_leader = replication::no_limit;
    std::int64_t as_follower = replication::no_limit;
};
ReplicationRates replication_rates(const metadata::Catalogue& catalogue, NodeId node);

// Whether the topic's {leader,follower}.replication.throttled.replicas, whichever is for this node's role,
// has the partition's replica on this node: "0:1,0:2" (partition and node), or "*" for all.
bool is_throttled(const metadata::Topic& topic, PartitionId partition, NodeId node);
bool same_throttles(const metadata::Topic& one, const metadata::Topic& other);

}  // namespace weir::broker
