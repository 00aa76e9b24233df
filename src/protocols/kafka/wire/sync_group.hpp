// SyncGroup: the leader hands out the assignments, the others fetch theirs.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api sync_group_api{
    .key = 14, .name = "SyncGroup", .versions = between(0, 5), .flexible = since(4)};

struct SyncGroupRequest {
    static constexpr const Api& api = sync_group_api;

    struct Assignment {
        std::string_view member_id;
        ByteView assignment;

        static void fields(auto& m, auto&& v) {
            v.field(m.member_id, {.name = "member_id"});
            v.field(m.assignment, {.name = "assignment"});
        }
    };

    std::string_view group_id;
    std::int32_t generation_id = 0;
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::optional<std::string_view> protocol_type;
    std::optional<std::string_view> protocol_name;
    std::vector<Assignment> assignments;  // from the leader only

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.generation_id, {.name = "generation_id"});
        v.field(m.member_id, {.name = "member_id"});
        v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(3), .nullable = since(3)});
        v.field(m.protocol_type, {.name = "protocol_type", .in = since(5), .nullable = since(5)});
        v.field(m.protocol_name, {.name = "protocol_name", .in = since(5), .nullable = since(5)});
        v.field(m.assignments, {.name = "assignments"});
    }
};

struct SyncGroupResponse {
    static constexpr const Api& api = sync_group_api;

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    Bytes assignment;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.protocol_type, {.name = "protocol_type", .in = since(5), .nullable = since(5)});
        v.field(m.protocol_name, {.name = "protocol_name", .in = since(5), .nullable = since(5)});
        v.field(m.assignment, {.name = "assignment"});
    }
};

}  // namespace weir::kafka
