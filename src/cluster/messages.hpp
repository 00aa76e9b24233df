// What nodes ask of one another to be one cluster: joining, registering, heartbeats, changes of the metadata.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/cluster_requests.hpp"
#include "metadata/node_leases.hpp"
#include "rpc/frame.hpp"
#include "runtime/endpoint.hpp"

namespace weir::cluster {

// The numbers are the wire's (docs/formats/cluster.md).
inline constexpr rpc::Method raft_message{1};      // a message of the metadata log's group
inline constexpr rpc::Method introduce_method{2};  // who are you, and who leads?
inline constexpr rpc::Method join_method{3};       // take me into the group
inline constexpr rpc::Method register_method{4};   // I have started
inline constexpr rpc::Method heartbeat_method{5};
inline constexpr rpc::Method producer_ids_method{6};
inline constexpr rpc::Method create_topic_method{7};  // with the cluster's defaults
inline constexpr rpc::Method alter_partitions_method{8};
inline constexpr rpc::Method leave_method{9};        // I am about to stop: have others lead what I lead
inline constexpr rpc::Method damaged_method{15};     // replicas of mine are damaged: count them out
inline constexpr rpc::Method submit_method{17};      // a change of the metadata, for whoever asked for it
inline constexpr rpc::Method status_method{18};      // how is the cluster?
inline constexpr rpc::Method partitions_method{19};  // how are these partitions?
inline constexpr rpc::Method quorum_method{20};      // who keeps the metadata?
inline constexpr rpc::Method sizes_method{21};       // any node: how large are these replicas of yours?
inline constexpr rpc::Method command_method{22};     // any node: ask the leader 17, 18 or 19
inline constexpr rpc::Method damage_method{27};      // any node: what of yours is damaged?

// Where a node is reached by the others.
struct NodeAddress {
    NodeId node;
    runtime::Endpoint endpoint;
    bool operator==(const NodeAddress&) const = default;
};

// What a member of the group is listed with that has no address yet.
std::string label_of(NodeId node);

struct Introduction {
    Uuid cluster_id;
    NodeId node;                        // who answers
    std::optional<NodeAddress> leader;  // as far as it knows
    bool operator==(const Introduction&) const = default;
};

struct RegisterCall {
    metadata::Node node;
    bool is_clean = false;
};

// Errors of the decoders: corrupt.
Bytes encode(const Introduction& introduction);
Result<Introduction> decode_introduction(ByteView body);
Bytes encode(const NodeAddress& address);
Result<NodeAddress> decode_address(ByteView body);
Bytes encode(const RegisterCall& call);
Result<RegisterCall> decode_register(ByteView body);
Bytes encode(const metadata::Heartbeat& heartbeat);
Result<metadata::Heartbeat> decode_heartbeat(ByteView body);
Bytes encode(const metadata::AllocateProducerIds::Reply& reply);
Result<metadata::AllocateProducerIds::Reply> decode_producer_ids(ByteView body);
Bytes encode(const metadata::AlterPartitions& request);
Result<metadata::AlterPartitions> decode_alter_partitions(ByteView body);
// Of the items, in their order: none, or why not.
Bytes encode(const std::vector<std::optional<Errc>>& outcomes);
Result<std::vector<std::optional<Errc>>> decode_outcomes(ByteView body);
Bytes encode(const metadata::DamagedReplicas& request);
Result<metadata::DamagedReplicas> decode_damaged_replicas(ByteView body);
Bytes encode(const metadata::DamagedReplicas::Reply& reply);
Result<metadata::DamagedReplicas::Reply> decode_damaged_reply(ByteView body);
// A number: a count, a broker epoch, or a yes or no.
Bytes encode_number(std::uint64_t number);
Result<std::uint64_t> decode_number(ByteView body);

}  // namespace weir::cluster
