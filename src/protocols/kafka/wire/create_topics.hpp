// CreateTopics: new topics, with the settings and replicas they are to have.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api create_topics_api{
    .key = 19, .name = "CreateTopics", .versions = between(2, 7), .flexible = since(5)};

struct CreateTopicsRequest {
    static constexpr const Api& api = create_topics_api;

    struct Assignment {
        PartitionId partition_index;
        std::vector<NodeId> broker_ids;

        static void fields(auto& m, auto&& v) {
            v.field(m.partition_index, {.name = "partition_index"});
            v.field(m.broker_ids, {.name = "broker_ids"});
        }
    };
    struct Config {
        std::string_view name;
        std::optional<std::string_view> value;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.value, {.name = "value", .nullable = always});
        }
    };
    struct Topic {
        std::string_view name;
        std::int32_t num_partitions = 0;      // -1: the default (v4 and up), or as assigned
        std::int16_t replication_factor = 0;  // -1: likewise
        std::vector<Assignment> assignments;
        std::vector<Config> configs;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.num_partitions, {.name = "num_partitions"});
            v.field(m.replication_factor, {.name = "replication_factor"});
            v.field(m.assignments, {.name = "assignments"});
            v.field(m.configs, {.name = "configs"});
        }
    };

    std::vector<Topic> topics;
    std::int32_t timeout_ms = 60000;
    bool validate_only = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics"});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
        v.field(m.validate_only, {.name = "validate_only"});
    }
};

struct CreateTopicsResponse {
    static constexpr const Api& api = create_topics_api;

    struct Config {
        std::string name;
        std::optional<std::string> value;
        bool read_only = false;
        std::int8_t config_source = -1;
        bool is_sensitive = false;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.value, {.name = "value", .nullable = always});
            v.field(m.read_only, {.name = "read_only"});
            v.field(m.config_source, {.name = "config_source"});
            v.field(m.is_sensitive, {.name = "is_sensitive"});
        }
    };
    struct Topic {
        std::string name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        ErrorCode topic_config_error_code = ErrorCode::none;  // why there are no configs
        std::int32_t num_partitions = -1;
        std::int16_t replication_factor = -1;
        std::optional<std::vector<Config>> configs;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.topic_id, {.name = "topic_id", .in = since(7)});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
            v.field(m.topic_config_error_code, {.name = "topic_config_error_code", .in = since(5), .tag = 0});
            v.field(m.num_partitions, {.name = "num_partitions", .in = since(5)});
            v.field(m.replication_factor, {.name = "replication_factor", .in = since(5)});
            v.field(m.configs, {.name = "configs", .in = since(5), .nullable = since(5)});
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
