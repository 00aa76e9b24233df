// DescribeLogDirs: how large the replicas on one node are, by directory.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_log_dirs_api{
    .key = 35, .name = "DescribeLogDirs", .versions = between(1, 5), .flexible = since(2)};

struct DescribeLogDirsRequest {
    static constexpr const Api& api = describe_log_dirs_api;

    struct Topic {
        std::string_view topic;
        std::vector<PartitionId> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic, {.name = "topic"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::optional<std::vector<Topic>> topics;  // null: all

    static void fields(auto& m, auto&& v) { v.field(m.topics, {.name = "topics", .nullable = always}); }
};

struct DescribeLogDirsResponse {
    static constexpr const Api& api = describe_log_dirs_api;

    struct Partition {
        PartitionId partition_index;
        std::int64_t partition_size = 0;  // bytes
        std::int64_t offset_lag = 0;      // how far its end is behind the high watermark
        bool is_future_key = false;       // on its way to another directory

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.partition_size, {.name = "partition_size"});
            v.field(m.offset_lag, {.name = "offset_lag"});
            v.field(m.is_future_key, {.name = "is_future_key"});
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
    struct Directory {
        ErrorCode error_code = ErrorCode::none;
        std::string log_dir;
        std::vector<Topic> topics;
        std::int64_t total_bytes = -1;  // of the volume; -1: not told
        std::int64_t usable_bytes = -1;
        bool is_cordoned = false;  // gets no new replicas (KIP-1066)

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.log_dir, {.name = "log_dir"});
            v.field(m.topics, {.name = "topics"});
            v.field(m.total_bytes, {.name = "total_bytes", .in = since(4)});
            v.field(m.usable_bytes, {.name = "usable_bytes", .in = since(4)});
            v.field(m.is_cordoned, {.name = "is_cordoned", .in = since(5)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Directory> results;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code", .in = since(3)});
        v.field(m.results, {.name = "results"});
    }
};

}  // namespace weir::kafka
