// What the controller has committed about one partition: who leads, who is in sync, and the epochs that
// fence.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"

namespace weir::replication {

inline constexpr NodeId no_node{-1};

// A member of the in-sync set: the very incarnation that has caught up. One that has started since may lack
// what a page cache lost, so that what it fetches does not count as the member's.
struct InSyncReplica {
    NodeId node;
    BrokerEpoch broker_epoch;
    bool operator==(const InSyncReplica&) const = default;
};

struct PartitionRegistration {
    NodeId leader = no_node;
    LeaderEpoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<NodeId> replicas;
    std::vector<InSyncReplica> in_sync;
    std::int32_t min_in_sync = 1;  // min.insync.replicas
    // The leader was elected though it was not known to have all: it is to say when its log is in order
    // (KIP-704).
    bool is_recovering = false;
    // What this node gives or takes of it counts against a rate, as long as the follower is not in sync.
    bool is_throttled = false;

    bool operator==(const PartitionRegistration&) const = default;
};

// A leader's proposal to the controller, good for one leader epoch and one partition epoch only (KIP-497;
// broker epochs: KIP-903). The controller also checks that each member's incarnation is its newest.
struct AlterInSync {
    LeaderEpoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<InSyncReplica> in_sync;
    bool operator==(const AlterInSync&) const = default;
};

// What the controller says to a proposal.
enum class AlterOutcome {
    committed,  // the new registration follows; nothing changes before it is here
    refused,    // it will never be committed: other epochs, or a member that may not be one
    unknown,    // lost or timed out: it may be committed yet, and counts until the partition epoch moves
    fenced,     // the leader epoch is over: another leads, as the metadata will tell
};

}  // namespace weir::replication
