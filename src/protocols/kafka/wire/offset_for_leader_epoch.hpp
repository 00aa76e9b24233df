// OffsetForLeaderEpoch: where a leader's epoch ended, so that clients notice a truncated log.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api offset_for_leader_epoch_api{
    .key = 23, .name = "OffsetForLeaderEpoch", .versions = between(2, 4), .flexible = since(4)};

struct OffsetForLeaderEpochRequest {
    static constexpr const Api& api = offset_for_leader_epoch_api;

    struct Partition {
        PartitionId partition;
        LeaderEpoch current_leader_epoch = no_epoch;
        LeaderEpoch leader_epoch;  // the epoch in question

        static void fields(auto& m, auto&& v) {
            v.field(m.partition, {.name = "partition"});
            v.field(m.current_leader_epoch, {.name = "current_leader_epoch"});
            v.field(m.leader_epoch, {.name = "leader_epoch"});
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

    NodeId replica_id{-2};  // -1: a consumer; -2: a debugging consumer
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.replica_id, {.name = "replica_id", .in = since(3)});
        v.field(m.topics, {.name = "topics"});
    }
};

struct OffsetForLeaderEpochResponse {
    static constexpr const Api& api = offset_for_leader_epoch_api;

    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        PartitionId partition;
        LeaderEpoch leader_epoch = no_epoch;
        Offset end_offset{-1};

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.partition, {.name = "partition"});
            v.field(m.leader_epoch, {.name = "leader_epoch"});
            v.field(m.end_offset, {.name = "end_offset"});
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
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
