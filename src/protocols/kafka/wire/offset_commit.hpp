// OffsetCommit: how far a group has read.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api offset_commit_api{
    .key = 8, .name = "OffsetCommit", .versions = between(2, 8), .flexible = since(8)};

struct OffsetCommitRequest {
    static constexpr const Api& api = offset_commit_api;

    struct Partition {
        PartitionId partition_index;
        Offset committed_offset;
        LeaderEpoch committed_leader_epoch = no_epoch;
        std::optional<std::string_view> committed_metadata;  // null is kept as ""

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.committed_offset, {.name = "committed_offset"});
            v.field(m.committed_leader_epoch, {.name = "committed_leader_epoch", .in = since(6)});
            v.field(m.committed_metadata, {.name = "committed_metadata", .nullable = always});
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

    std::string_view group_id;
    std::int32_t generation_id_or_member_epoch = -1;  // -1: no member, which only an empty group allows
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::int64_t retention_time_ms = -1;  // -1: the broker's
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.generation_id_or_member_epoch, {.name = "generation_id_or_member_epoch"});
        v.field(m.member_id, {.name = "member_id"});
        v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(7), .nullable = since(7)});
        v.field(m.retention_time_ms, {.name = "retention_time_ms", .in = between(2, 4)});
        v.field(m.topics, {.name = "topics"});
    }
};

struct OffsetCommitResponse {
    static constexpr const Api& api = offset_commit_api;

    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
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
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(3)});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
