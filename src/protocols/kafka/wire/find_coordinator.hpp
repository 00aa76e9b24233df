// FindCoordinator: which node looks after a group or a transaction.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api find_coordinator_api{
    .key = 10, .name = "FindCoordinator", .versions = between(0, 4), .flexible = since(3)};

inline constexpr std::int8_t group_key_type = 0;
inline constexpr std::int8_t transaction_key_type = 1;

// Versions up to 3 ask for one key, later ones for several.
struct FindCoordinatorRequest {
    static constexpr const Api& api = find_coordinator_api;

    std::string_view key;
    std::int8_t key_type = group_key_type;
    std::vector<std::string_view> coordinator_keys;

    static void fields(auto& m, auto&& v) {
        v.field(m.key, {.name = "key", .in = until(3)});
        v.field(m.key_type, {.name = "key_type", .in = since(1)});
        v.field(m.coordinator_keys, {.name = "coordinator_keys", .in = since(4)});
    }
};

struct FindCoordinatorResponse {
    static constexpr const Api& api = find_coordinator_api;

    struct Coordinator {
        std::string key;
        NodeId node_id{-1};
        std::string host;
        std::int32_t port = -1;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& m, auto&& v) {
            v.field(m.key, {.name = "key"});
            v.field(m.node_id, {.name = "node_id"});
            v.field(m.host, {.name = "host"});
            v.field(m.port, {.name = "port"});
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    NodeId node_id{-1};
    std::string host;
    std::int32_t port = -1;
    std::vector<Coordinator> coordinators;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.error_code, {.name = "error_code", .in = until(3)});
        v.field(m.error_message, {.name = "error_message", .in = between(1, 3), .nullable = between(1, 3)});
        v.field(m.node_id, {.name = "node_id", .in = until(3)});
        v.field(m.host, {.name = "host", .in = until(3)});
        v.field(m.port, {.name = "port", .in = until(3)});
        v.field(m.coordinators, {.name = "coordinators", .in = since(4)});
    }
};

}  // namespace weir::kafka
