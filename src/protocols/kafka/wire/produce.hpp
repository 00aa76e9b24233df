// Produce: record batches for partitions.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/leader.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

// Version 0 is advertised though versions below 3 are not served: older librdkafka stops compressing if the
// lowest version is not 0 (KAFKA-18659). A request of versions 0 to 2 closes the connection.
inline constexpr Api produce_api{
    .key = 0, .name = "Produce", .versions = between(3, 10), .flexible = since(9), .advertised_min = 0};

struct ProduceRequest {
    static constexpr const Api& api = produce_api;

    struct Partition {
        PartitionId index;
        std::optional<ByteView> records;

        static void fields(auto& m, auto&& v) {
            v.field(m.index, {.name = "index"});
            v.field(m.records, {.name = "records", .nullable = always});
        }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partition_data;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partition_data, {.name = "partition_data"});
        }
    };

    std::optional<std::string_view> transactional_id;
    std::int16_t acks = 0;  // 0: no answer; 1: the leader's; -1: all in-sync replicas'
    std::int32_t timeout_ms = 0;
    std::vector<Topic> topic_data;

    static void fields(auto& m, auto&& v) {
        v.field(m.transactional_id, {.name = "transactional_id", .nullable = always});
        v.field(m.acks, {.name = "acks"});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
        v.field(m.topic_data, {.name = "topic_data"});
    }
};

// Not sent if acks is 0.
struct ProduceResponse {
    static constexpr const Api& api = produce_api;

    struct RecordError {
        std::int32_t batch_index = 0;  // which record of the batch
        std::optional<std::string> batch_index_error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.batch_index, {.name = "batch_index"});
            v.field(m.batch_index_error_message, {.name = "batch_index_error_message", .nullable = always});
        }
    };
    struct Partition {
        PartitionId index;
        ErrorCode error_code = ErrorCode::none;
        Offset base_offset{-1};
        std::int64_t log_append_time_ms = -1;  // -1: the records keep their own timestamps
        Offset log_start_offset{-1};
        std::vector<RecordError> record_errors;
        std::optional<std::string> error_message;
        CurrentLeader current_leader;  // if it is another node

        static void fields(auto& m, auto&& v) {
            v.field(m.index, {.name = "index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.base_offset, {.name = "base_offset"});
            v.field(m.log_append_time_ms, {.name = "log_append_time_ms"});
            v.field(m.log_start_offset, {.name = "log_start_offset", .in = since(5)});
            v.field(m.record_errors, {.name = "record_errors", .in = since(8)});
            v.field(m.error_message, {.name = "error_message", .in = since(8), .nullable = since(8)});
            v.field(m.current_leader, {.name = "current_leader", .in = since(10), .tag = 0});
        }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partition_responses;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partition_responses, {.name = "partition_responses"});
        }
    };

    std::vector<Topic> responses;
    std::int32_t throttle_time_ms = 0;
    std::vector<NodeEndpoint> node_endpoints;  // of the current leaders named above

    static void fields(auto& m, auto&& v) {
        v.field(m.responses, {.name = "responses"});
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.node_endpoints, {.name = "node_endpoints", .in = since(10), .tag = 0});
    }
};

}  // namespace weir::kafka
