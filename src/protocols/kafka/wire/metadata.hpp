// Metadata: the cluster's nodes, its topics, and who leads their partitions.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api metadata_api{
    .key = 3, .name = "Metadata", .versions = between(0, 12), .flexible = since(9)};

// What an authorized_operations field holds if the client did not ask for it.
inline constexpr std::int32_t operations_not_asked = INT32_MIN;

struct MetadataRequest {
    static constexpr const Api& api = metadata_api;

    struct Topic {
        Uuid topic_id;
        std::optional<std::string_view> name;  // null: look it up by topic_id

        static void fields(auto& m, auto&& v) {
            v.field(m.topic_id, {.name = "topic_id", .in = since(10)});
            v.field(m.name, {.name = "name", .nullable = since(10)});
        }
    };

    std::optional<std::vector<Topic>> topics;  // null: every topic, which v0 says with an empty array
    bool allow_auto_topic_creation = true;
    bool include_cluster_authorized_operations = false;
    bool include_topic_authorized_operations = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics", .nullable = since(1)});
        v.field(m.allow_auto_topic_creation, {.name = "allow_auto_topic_creation", .in = since(4)});
        v.field(m.include_cluster_authorized_operations,
                {.name = "include_cluster_authorized_operations", .in = between(8, 10)});
        v.field(m.include_topic_authorized_operations,
                {.name = "include_topic_authorized_operations", .in = since(8)});
    }
};

struct MetadataResponse {
    static constexpr const Api& api = metadata_api;

    struct Broker {
        NodeId node_id;
        std::string host;
        std::int32_t port = 0;
        std::optional<std::string> rack;

        static void fields(auto& m, auto&& v) {
            v.field(m.node_id, {.name = "node_id"});
            v.field(m.host, {.name = "host"});
            v.field(m.port, {.name = "port"});
            v.field(m.rack, {.name = "rack", .in = since(1), .nullable = since(1)});
        }
    };
    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        PartitionId partition_index;
        NodeId leader_id;  // -1: none
        LeaderEpoch leader_epoch = no_epoch;
        std::vector<NodeId> replica_nodes;
        std::vector<NodeId> isr_nodes;
        std::vector<NodeId> offline_replicas;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.leader_id, {.name = "leader_id"});
            v.field(m.leader_epoch, {.name = "leader_epoch", .in = since(7)});
            v.field(m.replica_nodes, {.name = "replica_nodes"});
            v.field(m.isr_nodes, {.name = "isr_nodes"});
            v.field(m.offline_replicas, {.name = "offline_replicas", .in = since(5)});
        }
    };
    struct Topic {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;  // null, from v12 on: an unknown topic_id was asked for
        Uuid topic_id;
        bool is_internal = false;
        std::vector<Partition> partitions;
        std::int32_t topic_authorized_operations = operations_not_asked;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.name, {.name = "name", .nullable = since(12)});
            v.field(m.topic_id, {.name = "topic_id", .in = since(10)});
            v.field(m.is_internal, {.name = "is_internal", .in = since(1)});
            v.field(m.partitions, {.name = "partitions"});
            v.field(m.topic_authorized_operations, {.name = "topic_authorized_operations", .in = since(8)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Broker> brokers;
    std::optional<std::string> cluster_id;
    NodeId controller_id{-1};
    std::vector<Topic> topics;
    std::int32_t cluster_authorized_operations = operations_not_asked;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(3)});
        v.field(m.brokers, {.name = "brokers"});
        v.field(m.cluster_id, {.name = "cluster_id", .in = since(2), .nullable = since(2)});
        v.field(m.controller_id, {.name = "controller_id", .in = since(1)});
        v.field(m.topics, {.name = "topics"});
        v.field(m.cluster_authorized_operations,
                {.name = "cluster_authorized_operations", .in = between(8, 10)});
    }
};

}  // namespace weir::kafka
