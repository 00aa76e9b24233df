// OffsetFetch: how far a group has read, for a new member or a tool.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api offset_fetch_api{
    .key = 9, .name = "OffsetFetch", .versions = between(1, 8), .flexible = since(6)};

// Versions up to 7 ask for one group, version 8 for several.
struct OffsetFetchRequest {
    static constexpr const Api& api = offset_fetch_api;

    struct Topic {
        std::string_view name;
        std::vector<PartitionId> partition_indexes;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partition_indexes, {.name = "partition_indexes"});
        }
    };
    struct Group {
        std::string_view group_id;
        std::optional<std::vector<Topic>> topics;  // null: all

        static void fields(auto& m, auto&& v) {
            v.field(m.group_id, {.name = "group_id"});
            v.field(m.topics, {.name = "topics", .nullable = always});
        }
    };

    std::string_view group_id;
    std::optional<std::vector<Topic>> topics;  // null: all
    std::vector<Group> groups;
    bool require_stable = false;  // whether open transactions' offsets are an error

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id", .in = until(7)});
        v.field(m.topics, {.name = "topics", .in = until(7), .nullable = between(2, 7)});
        v.field(m.groups, {.name = "groups", .in = since(8)});
        v.field(m.require_stable, {.name = "require_stable", .in = since(7)});
    }
};

struct OffsetFetchResponse {
    static constexpr const Api& api = offset_fetch_api;

    struct Partition {
        PartitionId partition_index;
        Offset committed_offset{-1};  // -1: none
        LeaderEpoch committed_leader_epoch = no_epoch;
        std::optional<std::string> metadata;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.committed_offset, {.name = "committed_offset"});
            v.field(m.committed_leader_epoch, {.name = "committed_leader_epoch", .in = since(5)});
            v.field(m.metadata, {.name = "metadata", .nullable = always});
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
    struct Group {
        std::string group_id;
        std::vector<Topic> topics;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.group_id, {.name = "group_id"});
            v.field(m.topics, {.name = "topics"});
            v.field(m.error_code, {.name = "error_code"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Group> groups;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(3)});
        v.field(m.topics, {.name = "topics", .in = until(7)});
        v.field(m.error_code, {.name = "error_code", .in = between(2, 7)});
        v.field(m.groups, {.name = "groups", .in = since(8)});
    }
};

}  // namespace weir::kafka
