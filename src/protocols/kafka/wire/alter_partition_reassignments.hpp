// AlterPartitionReassignments: moves partitions to other replicas, or cancels such moves (KIP-455).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api alter_partition_reassignments_api{
    .key = 45, .name = "AlterPartitionReassignments", .versions = between(0, 1), .flexible = always};

struct AlterPartitionReassignmentsRequest {
    static constexpr const Api& api = alter_partition_reassignments_api;

    struct Partition {
        PartitionId partition_index;
        std::optional<std::vector<NodeId>> replicas;  // null: what is under way is cancelled

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.replicas, {.name = "replicas", .nullable = always});
        }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::int32_t timeout_ms = 0;
    bool allow_replication_factor_change = true;
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.timeout_ms, {.name = "timeout_ms"});
        v.field(m.allow_replication_factor_change,
                {.name = "allow_replication_factor_change", .in = since(1)});
        v.field(m.topics, {.name = "topics"});
    }
};

struct AlterPartitionReassignmentsResponse {
    static constexpr const Api& api = alter_partition_reassignments_api;

    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
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
    bool allow_replication_factor_change = true;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Topic> responses;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.allow_replication_factor_change,
                {.name = "allow_replication_factor_change", .in = since(1)});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.error_message, {.name = "error_message", .nullable = always});
        v.field(m.responses, {.name = "responses"});
    }
};

}  // namespace weir::kafka
