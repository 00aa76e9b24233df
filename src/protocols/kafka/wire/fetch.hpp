// Fetch: record batches from partitions, perhaps after a wait, perhaps as a change to an earlier fetch
// (KIP-227).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/leader.hpp"
#include "protocols/kafka/wire/records.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api fetch_api{.key = 1, .name = "Fetch", .versions = between(4, 12), .flexible = since(12)};

struct FetchRequest {
    static constexpr const Api& api = fetch_api;

    struct Partition {
        PartitionId partition;
        LeaderEpoch current_leader_epoch = no_epoch;
        Offset fetch_offset;
        LeaderEpoch last_fetched_epoch = no_epoch;
        Offset log_start_offset{-1};  // a follower's own
        std::int32_t partition_max_bytes = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition, {.name = "partition"});
            v.field(m.current_leader_epoch, {.name = "current_leader_epoch", .in = since(9)});
            v.field(m.fetch_offset, {.name = "fetch_offset"});
            v.field(m.last_fetched_epoch, {.name = "last_fetched_epoch", .in = since(12)});
            v.field(m.log_start_offset, {.name = "log_start_offset", .in = since(5)});
            v.field(m.partition_max_bytes, {.name = "partition_max_bytes"});
        }
    };
    struct Topic {
        std::string_view topic;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };
    struct ForgottenTopic {
        std::string_view topic;
        std::vector<PartitionId> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::optional<std::string_view> cluster_id;
    NodeId replica_id{-1};  // -1: a consumer
    std::int32_t max_wait_ms = 0;
    std::int32_t min_bytes = 0;
    std::int32_t max_bytes = INT32_MAX;
    std::int8_t isolation_level = 0;  // 0: read uncommitted; 1: read committed
    std::int32_t session_id = 0;
    std::int32_t session_epoch = -1;  // -1: no session
    std::vector<Topic> topics;
    std::vector<ForgottenTopic> forgotten_topics_data;
    std::string_view rack_id;

    static void fields(auto& m, auto&& v) {
        v.field(m.cluster_id, {.name = "cluster_id", .in = since(12), .nullable = since(12), .tag = 0});
        v.field(m.replica_id, {.name = "replica_id"});
        v.field(m.max_wait_ms, {.name = "max_wait_ms"});
        v.field(m.min_bytes, {.name = "min_bytes"});
        v.field(m.max_bytes, {.name = "max_bytes"});
        v.field(m.isolation_level, {.name = "isolation_level"});
        v.field(m.session_id, {.name = "session_id", .in = since(7)});
        v.field(m.session_epoch, {.name = "session_epoch", .in = since(7)});
        v.field(m.topics, {.name = "topics"});
        v.field(m.forgotten_topics_data, {.name = "forgotten_topics_data", .in = since(7)});
        v.field(m.rack_id, {.name = "rack_id", .in = since(11)});
    }
};

struct FetchResponse {
    static constexpr const Api& api = fetch_api;

    struct EpochEndOffset {
        LeaderEpoch epoch = no_epoch;
        Offset end_offset{-1};

        bool operator==(const EpochEndOffset&) const = default;
        static void fields(auto& m, auto&& v) {
            v.field(m.epoch, {.name = "epoch"});
            v.field(m.end_offset, {.name = "end_offset"});
        }
    };
    struct AbortedTransaction {
        ProducerId producer_id;
        Offset first_offset;

        static void fields(auto& m, auto&& v) {
            v.field(m.producer_id, {.name = "producer_id"});
            v.field(m.first_offset, {.name = "first_offset"});
        }
    };
    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;
        Offset high_watermark{-1};
        Offset last_stable_offset{-1};
        Offset log_start_offset{-1};
        EpochEndOffset diverging_epoch;
        CurrentLeader current_leader;
        std::optional<std::vector<AbortedTransaction>> aborted_transactions;  // null if read uncommitted
        NodeId preferred_read_replica{-1};
        Records records;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.high_watermark, {.name = "high_watermark"});
            v.field(m.last_stable_offset, {.name = "last_stable_offset"});
            v.field(m.log_start_offset, {.name = "log_start_offset", .in = since(5)});
            v.field(m.diverging_epoch, {.name = "diverging_epoch", .in = since(12), .tag = 0});
            v.field(m.current_leader, {.name = "current_leader", .in = since(12), .tag = 1});
            v.field(m.aborted_transactions, {.name = "aborted_transactions", .nullable = always});
            v.field(m.preferred_read_replica, {.name = "preferred_read_replica", .in = since(11)});
            v.field(m.records, {.name = "records", .nullable = always});
        }
    };
    struct Topic {
        std::string topic;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int32_t session_id = 0;
    std::vector<Topic> responses;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code", .in = since(7)});
        v.field(m.session_id, {.name = "session_id", .in = since(7)});
        v.field(m.responses, {.name = "responses"});
    }
};

}  // namespace weir::kafka
