// DescribeGroups: state and members of groups, for tools.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_groups_api{
    .key = 15, .name = "DescribeGroups", .versions = between(0, 5), .flexible = since(5)};

struct DescribeGroupsRequest {
    static constexpr const Api& api = describe_groups_api;

    std::vector<std::string_view> groups;
    bool include_authorized_operations = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.groups, {.name = "groups"});
        v.field(m.include_authorized_operations, {.name = "include_authorized_operations", .in = since(3)});
    }
};

struct DescribeGroupsResponse {
    static constexpr const Api& api = describe_groups_api;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        std::string client_id;
        std::string client_host;
        Bytes member_metadata;
        Bytes member_assignment;

        static void fields(auto& m, auto&& v) {
            v.field(m.member_id, {.name = "member_id"});
            v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(4), .nullable = since(4)});
            v.field(m.client_id, {.name = "client_id"});
            v.field(m.client_host, {.name = "client_host"});
            v.field(m.member_metadata, {.name = "member_metadata"});
            v.field(m.member_assignment, {.name = "member_assignment"});
        }
    };
    struct Group {
        ErrorCode error_code = ErrorCode::none;
        std::string group_id;
        std::string group_state;
        std::string protocol_type;
        std::string protocol_data;  // the name of the protocol chosen
        std::vector<Member> members;
        std::int32_t authorized_operations = INT32_MIN;  // INT32_MIN: not asked

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.group_id, {.name = "group_id"});
            v.field(m.group_state, {.name = "group_state"});
            v.field(m.protocol_type, {.name = "protocol_type"});
            v.field(m.protocol_data, {.name = "protocol_data"});
            v.field(m.members, {.name = "members"});
            v.field(m.authorized_operations, {.name = "authorized_operations", .in = since(3)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Group> groups;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.groups, {.name = "groups"});
    }
};

}  // namespace weir::kafka
