// DeleteGroups: forgets groups and their offsets.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api delete_groups_api{
    .key = 42, .name = "DeleteGroups", .versions = between(0, 2), .flexible = since(2)};

struct DeleteGroupsRequest {
    static constexpr const Api& api = delete_groups_api;

    std::vector<std::string_view> groups_names;

    static void fields(auto& m, auto&& v) { v.field(m.groups_names, {.name = "groups_names"}); }
};

struct DeleteGroupsResponse {
    static constexpr const Api& api = delete_groups_api;

    struct Group {
        std::string group_id;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& m, auto&& v) {
            v.field(m.group_id, {.name = "group_id"});
            v.field(m.error_code, {.name = "error_code"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Group> results;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.results, {.name = "results"});
    }
};

}  // namespace weir::kafka
