// ListGroups: the groups there are.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api list_groups_api{
    .key = 16, .name = "ListGroups", .versions = between(0, 5), .flexible = since(3)};

struct ListGroupsRequest {
    static constexpr const Api& api = list_groups_api;

    std::vector<std::string_view> states_filter;  // empty: any; compared without regard to case
    std::vector<std::string_view> types_filter;

    static void fields(auto& m, auto&& v) {
        v.field(m.states_filter, {.name = "states_filter", .in = since(4)});
        v.field(m.types_filter, {.name = "types_filter", .in = since(5)});
    }
};

struct ListGroupsResponse {
    static constexpr const Api& api = list_groups_api;

    struct Group {
        std::string group_id;
        std::string protocol_type;
        std::string group_state;
        std::string group_type;

        static void fields(auto& m, auto&& v) {
            v.field(m.group_id, {.name = "group_id"});
            v.field(m.protocol_type, {.name = "protocol_type"});
            v.field(m.group_state, {.name = "group_state", .in = since(4)});
            v.field(m.group_type, {.name = "group_type", .in = since(5)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Group> groups;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.groups, {.name = "groups"});
    }
};

}  // namespace weir::kafka
