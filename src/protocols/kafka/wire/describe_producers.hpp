// DescribeProducers: the producers that a partition's log remembers (KIP-664).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_producers_api{
    .key = 61, .name = "DescribeProducers", .versions = between(0, 0), .flexible = always};

struct DescribeProducersRequest {
    static constexpr const Api& api = describe_producers_api;

    struct Topic {
        std::string_view name;
        std::vector<PartitionId> partition_indexes;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partition_indexes, {.name = "partition_indexes"});
        }
    };

    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) { v.field(m.topics, {.name = "topics"}); }
};

struct DescribeProducersResponse {
    static constexpr const Api& api = describe_producers_api;

    struct Producer {
        ProducerId producer_id;
        std::int32_t producer_epoch = 0;
        std::int32_t last_sequence = -1;
        std::int64_t last_timestamp = -1;            // ms since 1970
        std::int32_t coordinator_epoch = 0;          // -1: it has no transactions
        std::int64_t current_txn_start_offset = -1;  // -1: none is open

        static void fields(auto& m, auto&& v) {
            v.field(m.producer_id, {.name = "producer_id"});
            v.field(m.producer_epoch, {.name = "producer_epoch"});
            v.field(m.last_sequence, {.name = "last_sequence"});
            v.field(m.last_timestamp, {.name = "last_timestamp"});
            v.field(m.coordinator_epoch, {.name = "coordinator_epoch"});
            v.field(m.current_txn_start_offset, {.name = "current_txn_start_offset"});
        }
    };
    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::vector<Producer> active_producers;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
            v.field(m.active_producers, {.name = "active_producers"});
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
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
