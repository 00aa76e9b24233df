// LeaveGroup: members go at once instead of timing out.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api leave_group_api{
    .key = 13, .name = "LeaveGroup", .versions = between(0, 5), .flexible = since(4)};

// Versions up to 2 name one member, later ones several.
struct LeaveGroupRequest {
    static constexpr const Api& api = leave_group_api;

    struct Member {
        std::string_view member_id;
        std::optional<std::string_view> group_instance_id;
        std::optional<std::string_view> reason;

        static void fields(auto& m, auto&& v) {
            v.field(m.member_id, {.name = "member_id"});
            v.field(m.group_instance_id, {.name = "group_instance_id", .nullable = always});
            v.field(m.reason, {.name = "reason", .in = since(5), .nullable = since(5)});
        }
    };

    std::string_view group_id;
    std::string_view member_id;
    std::vector<Member> members;

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.member_id, {.name = "member_id", .in = until(2)});
        v.field(m.members, {.name = "members", .in = since(3)});
    }
};

struct LeaveGroupResponse {
    static constexpr const Api& api = leave_group_api;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.member_id, {.name = "member_id"});
            v.field(m.group_instance_id, {.name = "group_instance_id", .nullable = always});
            v.field(m.error_code, {.name = "error_code"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Member> members;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.members, {.name = "members", .in = since(3)});
    }
};

}  // namespace weir::kafka
