// What operators ask of a cluster: how it is, and how single partitions are.
#pragma once

#include "metadata/cluster_requests.hpp"
#include "metadata/quorum.hpp"

namespace weir::cluster {

inline constexpr std::size_t max_listed_partitions = 10'000;  // of one answer; more are only counted
inline constexpr std::size_t max_listed_nodes = metadata::max_nodes;

struct PartitionStatus {
    metadata::TopicPartition at;
    Uuid topic_id;
    metadata::Partition state;
    bool operator==(const PartitionStatus&) const = default;
};

struct NodeStatus {
    metadata::Node node;               // only its id, where it has joined and not registered yet
    bool is_registered = false;        // it is in the catalogue
    bool is_member = false;            // of the group that keeps the metadata
    bool is_voter = false;             // there
    std::uint64_t entries_behind = 0;  // of the metadata log, as far as its leader knows
    std::uint64_t leading = 0;         // partitions that it leads
    std::uint64_t replicas = 0;        // that lie on it
    bool operator==(const NodeStatus&) const = default;
};

// Counts of partitions.
struct PartitionCounts {
    std::uint64_t all = 0;
    std::uint64_t leaderless = 0;         // nobody leads: they are away
    std::uint64_t under_min_in_sync = 0;  // writes that ask for all replicas are refused
    std::uint64_t under_replicated = 0;   // not all replicas are in sync, those being added aside
    std::uint64_t reassigning = 0;
    bool operator==(const PartitionCounts&) const = default;
};

struct ClusterStatus {
    Uuid cluster_id;
    NodeId controller;  // who answers: the node that leads the metadata
    std::uint64_t term = 0;
    std::uint64_t applied = 0;
    std::uint64_t topics = 0;
    std::uint64_t unclean_elections = 0;
    std::uint64_t free_number = 1;  // greater than that of any node there has ever been
    PartitionCounts partitions;
    std::vector<NodeStatus> nodes;        // by number
    std::vector<PartitionStatus> listed;  // those with something to tell of: counted above but for `all`
    bool operator==(const ClusterStatus&) const = default;
};

struct PartitionKey {
    Uuid topic;
    PartitionId partition;
    auto operator<=>(const PartitionKey&) const = default;
};

// What a node knows to be damaged of its own.
struct DamagedReplica {
    metadata::TopicPartition at;  // the topic's id as text, where its name is not known
    Offset first;                 // where the first segment that is damaged begins
    Offset until;                 // behind the last one; INT64_MAX: the log's end is lost, too
    bool operator==(const DamagedReplica&) const = default;
};
struct NodeDamage {
    bool is_set_aside = false;             // a whole store was, until all that it held has come back
    std::uint64_t count = 0;               // of replicas
    std::vector<DamagedReplica> replicas;  // at most max_listed_partitions of them
    bool operator==(const NodeDamage&) const = default;
};

// Pure.
ClusterStatus cluster_status(const metadata::Catalogue& catalogue, const metadata::Quorum& quorum,
                             const Uuid& cluster_id, NodeId self);
// Of one topic, or (an empty name) those that are being reassigned. Errors: not_found.
Result<std::vector<PartitionStatus>> partition_status(const metadata::Catalogue& catalogue,
                                                      std::string_view topic);

Bytes encode(const ClusterStatus& status);
Bytes encode(const std::vector<PartitionStatus>& partitions);
Bytes encode(const metadata::Quorum& quorum);
Bytes encode(const std::vector<PartitionKey>& keys);
// Bytes of each replica; nothing: there is none.
using ReplicaSizes = std::vector<std::optional<std::uint64_t>>;
Bytes encode(const ReplicaSizes& sizes);
Bytes encode(const NodeDamage& damage);
// Errors: corrupt.
Result<ClusterStatus> decode_status(ByteView body);
Result<std::vector<PartitionStatus>> decode_partitions(ByteView body);
Result<metadata::Quorum> decode_quorum(ByteView body);
Result<std::vector<PartitionKey>> decode_keys(ByteView body);
Result<ReplicaSizes> decode_sizes(ByteView body);
Result<NodeDamage> decode_damage(ByteView body);

}  // namespace weir::cluster
