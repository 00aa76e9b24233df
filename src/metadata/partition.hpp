// A partition as the catalogue knows it: its replicas, who leads them and who may.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "metadata/node.hpp"

namespace weir::metadata {

inline constexpr std::size_t max_replicas = 32;  // of one partition, with those that are being added

// Whether the leader's log is the one that was acknowledged (KIP-704).
enum class LeaderRecovery : std::uint8_t {
    recovered = 0,
    recovering = 1,  // elected although it was not in sync; the leader says when it has put its log in order
};

// All lists but `target` are subsets of `replicas`, in its order. There is a leader if and only if the
// in-sync set is not empty, and it is in that set.
struct Partition {
    NodeId leader = no_node;
    LeaderEpoch leader_epoch;        // grows by one when begins_leader_epoch() says so
    PartitionEpoch partition_epoch;  // grows by one with every change of anything here
    LeaderRecovery recovery = LeaderRecovery::recovered;
    NodeList replicas;  // the preferred leader first; those being added last
    NodeList in_sync;
    NodeList adding;      // of a reassignment under way
    NodeList target;      // what `replicas` will be after it, in that order; empty: none is under way
    NodeList eligible;    // not in sync, but known to have all that is committed (KIP-966's ELR)
    NodeList last_known;  // were eligible, until they started unclean

    bool is_reassigning() const { return !target.empty(); }
    NodeList removing() const;  // what a reassignment under way will take away
    NodeList original() const;  // the replicas without it
    bool operator==(const Partition&) const = default;
};

inline bool contains(const NodeList& list, NodeId node) {
    return std::ranges::find(list, node) != list.end();
}

template <class Keep>
NodeList kept(const NodeList& from, Keep keep) {
    NodeList out;
    std::ranges::copy_if(from, std::back_inserter(out), keep);
    return out;
}

// How many replicas must be in sync for the high watermark to move: `setting` (min.insync.replicas), but no
// more than there are replicas. Leader and catalogue must agree on it, or an eligible replica is none.
std::size_t min_in_sync(const Partition& partition, std::int32_t setting);

// With every change of the leader, to none included; and when a replica goes, as in Kafka: should it come
// back in the same epoch, the leader would still count with the log that it had. A replica whose log is
// damaged begins one, too (DamagedReplicas), which does not show in the two states.
bool begins_leader_epoch(const Partition& before, const Partition& after);

// corrupt, with what is wrong: a state that the rules above forbid.
Result<void> check_partition(const Partition& partition);
// The same for a step from one state to the next.
Result<void> check_step(const Partition& before, const Partition& after);

// Whether `after` has a new leader that was neither in sync nor eligible: committed records may be gone.
bool is_unclean_election(const Partition& before, const Partition& after);

}  // namespace weir::metadata
