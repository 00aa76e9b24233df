// Heartbeat: a member says that it lives, and learns of rebalances.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api heartbeat_api{
    .key = 12, .name = "Heartbeat", .versions = between(0, 4), .flexible = since(4)};

struct HeartbeatRequest {
    static constexpr const Api& api = heartbeat_api;

    std::string_view group_id;
    std::int32_t generation_id = 0;
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.generation_id, {.name = "generation_id"});
        v.field(m.member_id, {.name = "member_id"});
        v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(3), .nullable = since(3)});
    }
};

struct HeartbeatResponse {
    static constexpr const Api& api = heartbeat_api;

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.error_code, {.name = "error_code"});
    }
};

}  // namespace weir::kafka
