// CreatePartitions: adds partitions to topics.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api create_partitions_api{
    .key = 37, .name = "CreatePartitions", .versions = between(0, 3), .flexible = since(2)};

struct CreatePartitionsRequest {
    static constexpr const Api& api = create_partitions_api;

    struct Assignment {
        std::vector<NodeId> broker_ids;

        static void fields(auto& m, auto&& v) { v.field(m.broker_ids, {.name = "broker_ids"}); }
    };
    struct Topic {
        std::string_view name;
        std::int32_t count = 0;                              // how many there are to be in all
        std::optional<std::vector<Assignment>> assignments;  // of the new ones

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.count, {.name = "count"});
            v.field(m.assignments, {.name = "assignments", .nullable = always});
        }
    };

    std::vector<Topic> topics;
    std::int32_t timeout_ms = 0;
    bool validate_only = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics"});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
        v.field(m.validate_only, {.name = "validate_only"});
    }
};

struct CreatePartitionsResponse {
    static constexpr const Api& api = create_partitions_api;

    struct Topic {
        std::string name;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
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
