// ListPartitionReassignments: the moves of partitions that are under way (KIP-455).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api list_partition_reassignments_api{
    .key = 46, .name = "ListPartitionReassignments", .versions = between(0, 0), .flexible = always};

struct ListPartitionReassignmentsRequest {
    static constexpr const Api& api = list_partition_reassignments_api;

    struct Topic {
        std::string_view name;
        std::vector<PartitionId> partition_indexes;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partition_indexes, {.name = "partition_indexes"});
        }
    };

    std::int32_t timeout_ms = 0;
    std::optional<std::vector<Topic>> topics;  // null: all

    static void fields(auto& m, auto&& v) {
        v.field(m.timeout_ms, {.name = "timeout_ms"});
        v.field(m.topics, {.name = "topics", .nullable = always});
    }
};

struct ListPartitionReassignmentsResponse {
    static constexpr const Api& api = list_partition_reassignments_api;

    struct Partition {
        PartitionId partition_index;
        std::vector<NodeId> replicas;  // with those being added
        std::vector<NodeId> adding_replicas;
        std::vector<NodeId> removing_replicas;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.replicas, {.name = "replicas"});
            v.field(m.adding_replicas, {.name = "adding_replicas"});
            v.field(m.removing_replicas, {.name = "removing_replicas"});
        }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.error_message, {.name = "error_message", .nullable = always});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
