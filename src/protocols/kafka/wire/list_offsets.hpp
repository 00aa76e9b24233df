// ListOffsets: a partition's first or last offset, or the first at or after a time.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api list_offsets_api{
    .key = 2, .name = "ListOffsets", .versions = between(1, 7), .flexible = since(6)};

// What a ListOffsets timestamp means if it is no time.
inline constexpr std::int64_t latest_timestamp = -1;
inline constexpr std::int64_t earliest_timestamp = -2;
inline constexpr std::int64_t max_timestamp = -3;  // from v7 on

struct ListOffsetsRequest {
    static constexpr const Api& api = list_offsets_api;

    struct Partition {
        PartitionId partition_index;
        LeaderEpoch current_leader_epoch = no_epoch;
        std::int64_t timestamp = latest_timestamp;  // milliseconds since 1970, or one of the above

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.current_leader_epoch, {.name = "current_leader_epoch", .in = since(4)});
            v.field(m.timestamp, {.name = "timestamp"});
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

    NodeId replica_id{-1};            // -1: a client
    std::int8_t isolation_level = 0;  // 1: latest means the last stable offset
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.replica_id, {.name = "replica_id"});
        v.field(m.isolation_level, {.name = "isolation_level", .in = since(2)});
        v.field(m.topics, {.name = "topics"});
    }
};

struct ListOffsetsResponse {
    static constexpr const Api& api = list_offsets_api;

    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;
        std::int64_t timestamp = -1;
        Offset offset{-1};
        LeaderEpoch leader_epoch = no_epoch;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.timestamp, {.name = "timestamp"});
            v.field(m.offset, {.name = "offset"});
            v.field(m.leader_epoch, {.name = "leader_epoch", .in = since(4)});
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
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(2)});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
