// ElectLeaders: leaders back to the preferred replicas, or any leader where there is none (KIP-460).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api elect_leaders_api{
    .key = 43, .name = "ElectLeaders", .versions = between(0, 2), .flexible = since(2)};

struct ElectLeadersRequest {
    static constexpr const Api& api = elect_leaders_api;

    struct Topic {
        std::string_view topic;
        std::vector<PartitionId> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::int8_t election_type = 0;                       // 0: preferred; 1: unclean
    std::optional<std::vector<Topic>> topic_partitions;  // null: all that need it
    std::int32_t timeout_ms = 0;

    static void fields(auto& m, auto&& v) {
        v.field(m.election_type, {.name = "election_type", .in = since(1)});
        v.field(m.topic_partitions, {.name = "topic_partitions", .nullable = always});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
    }
};

struct ElectLeadersResponse {
    static constexpr const Api& api = elect_leaders_api;

    struct Partition {
        PartitionId partition_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_id, {.name = "partition_id"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
        }
    };
    struct Topic {
        std::string topic;
        std::vector<Partition> partition_result;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partition_result, {.name = "partition_result"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Topic> replica_election_results;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code", .in = since(1)});
        v.field(m.replica_election_results, {.name = "replica_election_results"});
    }
};

}  // namespace weir::kafka
