// What nodes, leaders and operators ask of a cluster's catalogue: nodes that come and go, in-sync sets,
// elections, reassignments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/partition_changes.hpp"
#include "metadata/requests.hpp"

namespace weir::metadata {

inline constexpr std::size_t max_request_partitions = 10'000;  // of one request that lists them

// One start of a node.
struct NodeStart {
    NodeId node;
    BrokerEpoch broker_epoch;
    bool operator==(const NodeStart&) const = default;
};

// Tells the cluster of a node's start and where it is reached. One with an incarnation gets a new broker
// epoch, is fenced until it is unfenced, and is in no in-sync set; unless it is clean, it is not eligible for
// topics in the page cache either, except where nobody else is. One without (a cluster of one) may lead at
// once, and there is no command if nothing is new. Errors: invalid_argument, already_exists (the id belongs
// to another incarnation, or to a node that was removed), limit_exceeded.
struct RegisterNode {
    struct Reply {
        BrokerEpoch broker_epoch;
    };

    Node node{};            // its id, rack, endpoints and incarnation; the rest is not looked at
    bool is_clean = false;  // it holds all that it has ever written, page cache included
};

// Takes a node's leaderships and in-sync memberships; as many as fit, the rest is left to ControllerTick.
// Errors: not_found, stale_broker_epoch, invalid_argument (a node without a lease).
struct FenceNode {
    struct Reply {
        bool is_complete = true;
    };

    NodeStart start{};
};

// Lets a node lead and be in sync again. If its fencing is not complete, only that goes on. Errors: as above.
struct UnfenceNode {
    struct Reply {
        bool is_complete = true;
    };

    NodeStart start{};
};

struct DrainProgress {
    std::size_t leading = 0;   // partitions that it leads
    std::size_t replicas = 0;  // that lie on it
};
DrainProgress drain_progress(const Catalogue& catalogue, NodeId node);

// Leaders are moved at once, where another in-sync replica is there; replicas by ControllerTick. Errors:
// not_found, invalid_replication (there are not enough other nodes for its replicas), invalid_argument.
struct DrainNode {
    using Reply = DrainProgress;

    NodeId node{};
    Drain drain = Drain::replicas;  // none: takes it back
};

// Errors: not_found, invalid_argument (it has replicas, or is in use).
struct RemoveNode {
    struct Reply {};

    NodeId node{};
};

// A leader proposes in-sync sets. Errors: stale_broker_epoch (it is fenced, or was started again),
// limit_exceeded (the number of items). Of an item: unknown_topic_id, not_found, not_leader,
// fenced_leader_epoch, unknown_leader_epoch, stale_partition_epoch, invalid_argument, ineligible_replica,
// busy.
struct AlterPartitions {
    struct Item {
        Uuid topic{};
        PartitionId partition{};
        LeaderEpoch leader_epoch{};
        PartitionEpoch partition_epoch{};
        std::vector<NodeStart> in_sync{};  // the starts that the leader has seen catch up
        LeaderRecovery recovery = LeaderRecovery::recovered;
    };
    struct Altered {
        Partition now;
        std::int32_t min_insync_replicas = 1;  // that holds with it
    };
    struct Reply {
        std::vector<Result<Altered>> outcomes;  // of the items, in their order
    };

    NodeStart leader{};
    std::vector<Item> items{};
};

// A node tells of its replicas whose logs are damaged. Where another replica has all that is committed, this
// one leaves the in-sync set and the eligible ones, and a leader epoch begins: from it on, told in the
// outcome, the log may be emptied and filled again. Errors: not_found (the node), stale_broker_epoch,
// limit_exceeded. Of a replica: unknown_topic_id, not_found, invalid_argument (it is none), busy;
// no_eligible_leader: no other has all, and it stays what it is.
struct DamagedReplicas {
    struct Item {
        Uuid topic{};
        PartitionId partition{};
        bool operator==(const Item&) const = default;
    };
    struct Reply {
        std::vector<Result<LeaderEpoch>> outcomes;  // of the items, in their order
    };

    NodeStart start{};
    std::vector<Item> items{};
};

struct TopicPartition {
    std::string topic;
    PartitionId partition;
    auto operator<=>(const TopicPartition&) const = default;
};

// Errors: limit_exceeded. Of a partition: not_found, invalid_argument (named twice), busy,
// election_not_needed; preferred_not_available, or no_eligible_leader (unclean: the setting forbids it, or no
// replica is there).
struct ElectLeaders {
    enum class Kind { preferred, unclean };
    struct Outcome {
        TopicPartition partition;
        Result<void> result;
    };
    struct Reply {
        std::vector<Outcome> outcomes;
    };

    Kind kind = Kind::preferred;
    std::optional<std::vector<TopicPartition>> partitions{};  // none: all that need it
};

// Moves partitions to other replicas, in the background (KIP-455): new ones are added, and when they are in
// sync the old ones go. Errors: limit_exceeded. Of an item: not_found, invalid_argument (named twice),
// invalid_assignment, invalid_replication (another count, where that is not wanted), no_reassignment (to
// cancel), busy.
struct ReassignPartitions {
    struct Item {
        TopicPartition partition{};
        std::optional<NodeList> target{};  // the preferred leader first; none: back to what it was
    };
    struct Reply {
        std::vector<Result<void>> outcomes;
    };

    std::vector<Item> items{};
    bool may_change_replica_count = true;
};

// What is due in the controller, found by ControllerTicks. Does the first of these things that changes
// anything, as much as fits into an entry, and says what is left to do.
struct ControllerTick {
    using Reply = ControllerTick;  // the rest, to be asked for at once

    std::vector<NodeStart> lost{};  // to be fenced
    std::vector<NodeStart> back{};  // to be unfenced
    bool settle = false;            // partitions that do not follow their nodes' states
    bool drain = false;             // replicas on nodes that are being drained of them
    bool rebalance = false;         // leaders that are not the preferred ones

    bool is_empty() const { return lost.empty() && back.empty() && !settle && !drain && !rebalance; }
};

// Leaders back to preferred replicas that are in sync and usable, `most` at once.
PartitionChanges decide_rebalance(const Catalogue& catalogue, std::size_t most);
// Reassignments away from nodes that are being drained of replicas, up to `most` under way for each of them.
PartitionChanges decide_moves(const Catalogue& catalogue, std::size_t most);

Result<Decision<RegisterNode::Reply>> decide(const Catalogue& catalogue, const RegisterNode& request);
Result<Decision<FenceNode::Reply>> decide(const Catalogue& catalogue, const FenceNode& request);
Result<Decision<UnfenceNode::Reply>> decide(const Catalogue& catalogue, const UnfenceNode& request);
Result<Decision<DrainNode::Reply>> decide(const Catalogue& catalogue, const DrainNode& request);
Result<Decision<RemoveNode::Reply>> decide(const Catalogue& catalogue, const RemoveNode& request);
Result<Decision<AlterPartitions::Reply>> decide(const Catalogue& catalogue, const AlterPartitions& request);
Result<Decision<DamagedReplicas::Reply>> decide(const Catalogue& catalogue, const DamagedReplicas& request);
Result<Decision<ElectLeaders::Reply>> decide(const Catalogue& catalogue, const ElectLeaders& request);
Result<Decision<ReassignPartitions::Reply>> decide(const Catalogue& catalogue,
                                                   const ReassignPartitions& request);
Result<Decision<ControllerTick::Reply>> decide(const Catalogue& catalogue, const ControllerTick& request);

}  // namespace weir::metadata
