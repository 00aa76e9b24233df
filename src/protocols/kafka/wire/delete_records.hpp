// DeleteRecords: raises a partition's first offset.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api delete_records_api{
    .key = 21, .name = "DeleteRecords", .versions = between(0, 2), .flexible = since(2)};

struct DeleteRecordsRequest {
    static constexpr const Api& api = delete_records_api;

    struct Partition {
        PartitionId partition_index;
        Offset offset;  // the first to keep; -1: the high watermark

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.offset, {.name = "offset"});
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

    std::vector<Topic> topics;
    std::int32_t timeout_ms = 0;

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics"});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
    }
};

struct DeleteRecordsResponse {
    static constexpr const Api& api = delete_records_api;

    struct Partition {
        PartitionId partition_index;
        Offset low_watermark{-1};
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.low_watermark, {.name = "low_watermark"});
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
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.topics, {.name = "topics"});
    }
};

}  // namespace weir::kafka
