// AlterReplicaLogDirs: moves replicas to other directories of one node (KIP-113).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api alter_replica_log_dirs_api{
    .key = 34, .name = "AlterReplicaLogDirs", .versions = between(1, 2), .flexible = since(2)};

struct AlterReplicaLogDirsRequest {
    static constexpr const Api& api = alter_replica_log_dirs_api;

    struct Topic {
        std::string_view name;
        std::vector<PartitionId> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };
    struct Directory {
        std::string_view path;
        std::vector<Topic> topics;

        static void fields(auto& m, auto&& v) {
            v.field(m.path, {.name = "path"});
            v.field(m.topics, {.name = "topics"});
        }
    };

    std::vector<Directory> dirs;

    static void fields(auto& m, auto&& v) { v.field(m.dirs, {.name = "dirs"}); }
};

struct AlterReplicaLogDirsResponse {
    static constexpr const Api& api = alter_replica_log_dirs_api;

    struct Partition {
        PartitionId partition_index;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.error_code, {.name = "error_code"});
        }
    };
    struct Topic {
        std::string topic_name;
        std::vector<Partition> partitions;

        static void fields(auto& m, auto&& v) {
            v.field(m.topic_name, {.name = "topic_name"});
            v.field(m.partitions, {.name = "partitions"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Topic> results;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.results, {.name = "results"});
    }
};

}  // namespace weir::kafka
