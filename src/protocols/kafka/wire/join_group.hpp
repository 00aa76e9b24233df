// JoinGroup: a consumer asks to be a member of its group.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api join_group_api{
    .key = 11, .name = "JoinGroup", .versions = between(0, 9), .flexible = since(6)};

struct JoinGroupRequest {
    static constexpr const Api& api = join_group_api;

    struct Protocol {
        std::string_view name;
        ByteView metadata;  // what the group's leader reads, such as topics subscribed to

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.metadata, {.name = "metadata"});
        }
    };

    std::string_view group_id;
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = -1;             // -1: the session's
    std::string_view member_id;                         // empty: a new member
    std::optional<std::string_view> group_instance_id;  // of a static member (KIP-345)
    std::string_view protocol_type;
    std::vector<Protocol> protocols;  // in the order of preference
    std::optional<std::string_view> reason;

    static void fields(auto& m, auto&& v) {
        v.field(m.group_id, {.name = "group_id"});
        v.field(m.session_timeout_ms, {.name = "session_timeout_ms"});
        v.field(m.rebalance_timeout_ms, {.name = "rebalance_timeout_ms", .in = since(1)});
        v.field(m.member_id, {.name = "member_id"});
        v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(5), .nullable = since(5)});
        v.field(m.protocol_type, {.name = "protocol_type"});
        v.field(m.protocols, {.name = "protocols"});
        v.field(m.reason, {.name = "reason", .in = since(8), .nullable = since(8)});
    }
};

struct JoinGroupResponse {
    static constexpr const Api& api = join_group_api;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        Bytes metadata;

        static void fields(auto& m, auto&& v) {
            v.field(m.member_id, {.name = "member_id"});
            v.field(m.group_instance_id, {.name = "group_instance_id", .in = since(5), .nullable = since(5)});
            v.field(m.metadata, {.name = "metadata"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int32_t generation_id = -1;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    std::string leader;  // the member id of the leader
    bool skip_assignment = false;
    std::string member_id;
    std::vector<Member> members;  // for the leader only

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(2)});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.generation_id, {.name = "generation_id"});
        v.field(m.protocol_type, {.name = "protocol_type", .in = since(7), .nullable = since(7)});
        v.field(m.protocol_name, {.name = "protocol_name", .nullable = since(7)});
        v.field(m.leader, {.name = "leader"});
        v.field(m.skip_assignment, {.name = "skip_assignment", .in = since(9)});
        v.field(m.member_id, {.name = "member_id"});
        v.field(m.members, {.name = "members"});
    }
};

}  // namespace weir::kafka
