// DescribeTopicPartitions: topics and who leads their partitions, by the page, without making any (KIP-966).
#pragma once

#include "protocols/kafka/wire/metadata.hpp"

namespace weir::kafka {

inline constexpr Api describe_topic_partitions_api{
    .key = 75, .name = "DescribeTopicPartitions", .versions = between(0, 0), .flexible = always};

// The first partition of a page. Views a request's frame.
struct TopicPartitionCursor {
    std::string_view topic_name;
    PartitionId partition_index;

    static void fields(auto& m, auto&& v) {
        v.field(m.topic_name, {.name = "topic_name"});
        v.field(m.partition_index, {.name = "partition_index"});
    }
};
// The same, as a response owns it.
struct NextTopicPartition {
    std::string topic_name;
    PartitionId partition_index;

    static void fields(auto& m, auto&& v) {
        v.field(m.topic_name, {.name = "topic_name"});
        v.field(m.partition_index, {.name = "partition_index"});
    }
};

struct DescribeTopicPartitionsRequest {
    static constexpr const Api& api = describe_topic_partitions_api;

    struct Topic {
        std::string_view name;

        static void fields(auto& m, auto&& v) { v.field(m.name, {.name = "name"}); }
    };

    std::vector<Topic> topics;  // none: all
    std::int32_t response_partition_limit = 2000;
    std::optional<TopicPartitionCursor> cursor;  // null: from the first topic on

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics"});
        v.field(m.response_partition_limit, {.name = "response_partition_limit"});
        v.field(m.cursor, {.name = "cursor", .nullable = always});
    }
};

struct DescribeTopicPartitionsResponse {
    static constexpr const Api& api = describe_topic_partitions_api;

    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        PartitionId partition_index;
        NodeId leader_id;  // -1: none
        LeaderEpoch leader_epoch = no_epoch;
        std::vector<NodeId> replica_nodes;
        std::vector<NodeId> isr_nodes;
        std::optional<std::vector<NodeId>> eligible_leader_replicas;  // null: not told
        std::optional<std::vector<NodeId>> last_known_elr;
        std::vector<NodeId> offline_replicas;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.leader_id, {.name = "leader_id"});
            v.field(m.leader_epoch, {.name = "leader_epoch"});
            v.field(m.replica_nodes, {.name = "replica_nodes"});
            v.field(m.isr_nodes, {.name = "isr_nodes"});
            v.field(m.eligible_leader_replicas, {.name = "eligible_leader_replicas", .nullable = always});
            v.field(m.last_known_elr, {.name = "last_known_elr", .nullable = always});
            v.field(m.offline_replicas, {.name = "offline_replicas"});
        }
    };
    struct Topic {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;
        Uuid topic_id;
        bool is_internal = false;
        std::vector<Partition> partitions;
        std::int32_t topic_authorized_operations = operations_not_asked;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.name, {.name = "name", .nullable = always});
            v.field(m.topic_id, {.name = "topic_id"});
            v.field(m.is_internal, {.name = "is_internal"});
            v.field(m.partitions, {.name = "partitions"});
            v.field(m.topic_authorized_operations, {.name = "topic_authorized_operations"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;
    std::optional<NextTopicPartition> next_cursor;  // null: that was all

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.topics, {.name = "topics"});
        v.field(m.next_cursor, {.name = "next_cursor", .nullable = always});
    }
};

}  // namespace weir::kafka
