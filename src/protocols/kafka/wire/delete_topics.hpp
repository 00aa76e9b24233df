// DeleteTopics, by name or from version 6 on by id.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api delete_topics_api{
    .key = 20, .name = "DeleteTopics", .versions = between(1, 6), .flexible = since(4)};

struct DeleteTopicsRequest {
    static constexpr const Api& api = delete_topics_api;

    struct Topic {
        std::optional<std::string_view> name;  // null: the one with topic_id
        Uuid topic_id;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name", .nullable = always});
            v.field(m.topic_id, {.name = "topic_id"});
        }
    };

    std::vector<Topic> topics;
    std::vector<std::string_view> topic_names;
    std::int32_t timeout_ms = 0;

    static void fields(auto& m, auto&& v) {
        v.field(m.topics, {.name = "topics", .in = since(6)});
        v.field(m.topic_names, {.name = "topic_names", .in = until(5)});
        v.field(m.timeout_ms, {.name = "timeout_ms"});
    }
};

struct DeleteTopicsResponse {
    static constexpr const Api& api = delete_topics_api;

    struct Topic {
        std::optional<std::string> name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name", .nullable = since(6)});
            v.field(m.topic_id, {.name = "topic_id", .in = since(6)});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .in = since(5), .nullable = since(5)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Topic> responses;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.responses, {.name = "responses"});
    }
};

}  // namespace weir::kafka
