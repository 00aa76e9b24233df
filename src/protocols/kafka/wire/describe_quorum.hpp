// DescribeQuorum: who votes on the cluster's metadata, and how far each has come (KIP-595, 836, 853).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_quorum_api{
    .key = 55, .name = "DescribeQuorum", .versions = between(0, 2), .flexible = always};

struct DescribeQuorumRequest {
    static constexpr const Api& api = describe_quorum_api;

    struct Partition {
        PartitionId partition_index;

        static void fields(auto& m, auto&& v) { v.field(m.partition_index, {.name = "partition_index"}); }
    };
    struct Topic {
        std::string_view topic_name;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic_name, {.name = "topic_name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) { v.field(m.topics, {.name = "topics"}); }
};

struct DescribeQuorumResponse {
    static constexpr const Api& api = describe_quorum_api;

    struct Replica {
        NodeId replica_id;
        Uuid replica_directory_id;
        Offset log_end_offset{-1};  // -1: not known
        std::int64_t last_fetch_timestamp = -1;
        std::int64_t last_caught_up_timestamp = -1;

        static void fields(auto& m, auto&& v) {
            v.field(m.replica_id, {.name = "replica_id"});
            v.field(m.replica_directory_id, {.name = "replica_directory_id", .in = since(2)});
            v.field(m.log_end_offset, {.name = "log_end_offset"});
            v.field(m.last_fetch_timestamp, {.name = "last_fetch_timestamp", .in = since(1)});
            v.field(m.last_caught_up_timestamp, {.name = "last_caught_up_timestamp", .in = since(1)});
        }
    };
    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        NodeId leader_id{-1};
        std::int32_t leader_epoch = -1;
        Offset high_watermark{-1};
        std::vector<Replica> current_voters;
        std::vector<Replica> observers;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .in = since(2), .nullable = since(2)});
            v.field(m.leader_id, {.name = "leader_id"});
            v.field(m.leader_epoch, {.name = "leader_epoch"});
            v.field(m.high_watermark, {.name = "high_watermark"});
            v.field(m.current_voters, {.name = "current_voters"});
            v.field(m.observers, {.name = "observers"});
        }
    };
    struct Topic {
        std::string topic_name;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic_name, {.name = "topic_name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };
    struct Listener {
        std::string name;
        std::string host;
        std::uint16_t port = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.host, {.name = "host"});
            v.field(m.port, {.name = "port"});
        }
    };
    struct Node {
        NodeId node_id;
        std::vector<Listener> listeners;

        static void fields(auto& m, auto&& v) {
            v.field(m.node_id, {.name = "node_id"});
            v.field(m.listeners, {.name = "listeners"});
        }
    };

    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Topic> topics;
    std::vector<Node> nodes;

    static void fields(auto& m, auto&& v) {
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.error_message, {.name = "error_message", .in = since(2), .nullable = since(2)});
        v.field(m.topics, {.name = "topics"});
        v.field(m.nodes, {.name = "nodes", .in = since(2)});
    }
};

}  // namespace weir::kafka
