// OffsetDelete: forgets a group's offsets of some partitions. Never flexible.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api offset_delete_api{.key = 47, .name = "OffsetDelete", .versions = between(0, 0)};

struct OffsetDeleteRequest {
    static constexpr const Api& api = offset_delete_api;

    struct Partition {
        PartitionId partition_index;

        static void fields(auto& m, auto&& v) { v.field(m.partition_index, {.name = "partition_index"}); }
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
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.topics, {.name = "topics"});
    }
};

struct OffsetDeleteResponse {
    static constexpr const Api& api = offset_delete_api;

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

    ErrorCode error_code = ErrorCode::none;
    std::int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& m, auto&& v) {
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
