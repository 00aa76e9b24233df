// What can be asked of a consumer group, and what it answers, in words of no protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::stream {

// Every reply carries the request's failure as a whole, if there was one; its other fields then are as made
// here unless a comment says otherwise. Any request may fail with invalid_group (an empty or too long name),
// coordinator_loading, or coordinator_not_available (the log takes no records, or the broker is stopping):
// the last two are worth another try.
struct Reply {
    std::optional<Error> error;
};

// One way of sharing out the work that a member knows, and what it tells the leader in that case: opaque
// here.
struct MemberProtocol {
    std::string name;
    Bytes metadata;

    bool operator==(const MemberProtocol&) const = default;
};

struct JoinedMember {
    std::string member_id;
    std::optional<std::string> instance_id;
    Bytes metadata;
};

struct JoinReply : Reply {
    std::int32_t generation = -1;
    std::string protocol_type;
    std::string protocol;
    std::string leader;
    std::string member_id;              // also set with member_id_required
    bool skip_assignment = false;       // the leader need not compute assignments: they stand
    std::vector<JoinedMember> members;  // for the leader only
};

// Enters the group or says again that one is there. Answered once the generation has begun, which takes up to
// the rebalance timeout. Errors: member_id_required, unknown_member, fenced_instance, inconsistent_protocol,
// invalid_session_timeout, group_full, rebalance_in_progress (the same member has asked again).
struct JoinRequest {
    using Reply = JoinReply;
    std::string group;
    std::string member_id;                   // empty: new
    std::optional<std::string> instance_id;  // a static member: a restart takes over its place
    std::string client_id;
    std::string client_host;
    std::string protocol_type;
    std::vector<MemberProtocol> protocols;  // the best first
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = 0;
    std::string reason;
    bool needs_known_id = true;  // a new dynamic member is given an id first and must join again with it
    bool can_skip_assignment = false;  // the client understands JoinReply::skip_assignment
    std::string unique_suffix;         // makes a new member's id unique; the coordinator fills it
};

struct SyncReply : Reply {
    std::string protocol_type;
    std::string protocol;
    Bytes assignment;
};

struct MemberAssignment {
    std::string member_id;
    Bytes assignment;
};

// Asks for the member's share; the leader brings everybody's. Answered once the leader's has come.
// Errors: unknown_member, fenced_instance, illegal_generation, inconsistent_protocol, rebalance_in_progress.
struct SyncRequest {
    using Reply = SyncReply;
    std::string group;
    std::string member_id;
    std::optional<std::string> instance_id;
    std::int32_t generation = -1;
    std::optional<std::string> protocol_type;  // checked where given
    std::optional<std::string> protocol;
    std::vector<MemberAssignment> assignments;
};

struct HeartbeatReply : Reply {};

// Errors: unknown_member, fenced_instance, illegal_generation, rebalance_in_progress (join again).
struct HeartbeatRequest {
    using Reply = HeartbeatReply;
    std::string group;
    std::string member_id;
    std::optional<std::string> instance_id;
    std::int32_t generation = -1;
};

struct LeavingMember {
    std::string member_id;  // empty with an instance id: an administrator removes the static member
    std::optional<std::string> instance_id;
    std::string reason;
};

struct LeaveReply : Reply {
    struct Member {
        std::string member_id;
        std::optional<std::string> instance_id;
        std::optional<Error> error;  // unknown_member, fenced_instance
    };
    std::vector<Member> members;  // in the request's order
};

// Errors: unknown_member (no such group).
struct LeaveRequest {
    using Reply = LeaveReply;
    std::string group;
    std::vector<LeavingMember> members;
};

struct TopicPartition {
    std::string topic;
    PartitionId partition;

    auto operator<=>(const TopicPartition&) const = default;
};

struct PartitionOutcome {
    TopicPartition where;
    std::optional<Error> error;
};

struct OffsetToCommit {
    TopicPartition where;
    Offset offset;
    LeaderEpoch leader_epoch = no_epoch;
    std::string metadata;
};

struct CommitReply : Reply {
    std::vector<PartitionOutcome> partitions;  // in order; offset_metadata_too_large, limit_exceeded
};

// From a member (it counts as its heartbeat), or with generation -1 and no member while the group has none: a
// simple consumer or an administrator. Errors: group_not_found (a generation of a group that is not there),
// unknown_member, fenced_instance, illegal_generation, rebalance_in_progress.
struct CommitRequest {
    using Reply = CommitReply;
    std::string group;
    std::string member_id;
    std::optional<std::string> instance_id;
    std::int32_t generation = -1;
    std::optional<std::int64_t> retention_ms;  // from now on, instead of the group's rule
    std::vector<OffsetToCommit> offsets;
};

struct FetchedOffset {
    TopicPartition where;
    Offset offset{-1};  // -1: none was committed
    LeaderEpoch leader_epoch = no_epoch;
    std::string metadata;
};

struct FetchOffsetsReply : Reply {
    std::vector<FetchedOffset> offsets;  // in the request's order, or sorted
};

// A group that is not there has no offsets: no error.
struct FetchOffsetsRequest {
    using Reply = FetchOffsetsReply;
    std::string group;
    std::optional<std::vector<TopicPartition>> partitions;  // nothing: all that were committed
};

struct DeleteOffsetsReply : Reply {
    std::vector<PartitionOutcome> partitions;  // in order; group_subscribed
};

// Errors: group_not_found, group_not_empty (its members' subscriptions can't be read).
struct DeleteOffsetsRequest {
    using Reply = DeleteOffsetsReply;
    std::string group;
    std::vector<TopicPartition> partitions;
};

struct DeleteGroupReply : Reply {};

// Errors: group_not_found, group_not_empty.
struct DeleteGroupRequest {
    using Reply = DeleteGroupReply;
    std::string group;
};

enum class GroupState { empty, preparing_rebalance, completing_rebalance, stable, dead };
// As tools show it: "PreparingRebalance".
std::string_view name(GroupState state);

struct DescribedMember {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    Bytes metadata;    // for the chosen protocol, in a stable group
    Bytes assignment;  // likewise
};

struct DescribeReply : Reply {
    GroupState state = GroupState::dead;
    std::int32_t generation = -1;
    std::string protocol_type;
    std::string protocol;  // of a stable group
    std::vector<DescribedMember> members;
};

// Errors: group_not_found.
struct DescribeRequest {
    using Reply = DescribeReply;
    std::string group;
};

struct ListedGroup {
    std::string group;
    std::string protocol_type;
    GroupState state = GroupState::dead;
    std::string type;
};

struct ListReply : Reply {
    std::vector<ListedGroup> groups;  // by name
};

// All groups that match; no filter matches all. Upper and lower case are the same.
struct ListRequest {
    using Reply = ListReply;
    std::vector<std::string> states;
    std::vector<std::string> types;
};

struct ForgetTopicsReply : Reply {};

// Removes what all groups committed for topics that were deleted.
struct ForgetTopicsRequest {
    using Reply = ForgetTopicsReply;
    std::vector<std::string> topics;
};

using GroupRequest =
    std::variant<JoinRequest, SyncRequest, HeartbeatRequest, LeaveRequest, CommitRequest, FetchOffsetsRequest,
                 DeleteOffsetsRequest, DeleteGroupRequest, DescribeRequest, ListRequest, ForgetTopicsRequest>;
using GroupReply =
    std::variant<JoinReply, SyncReply, HeartbeatReply, LeaveReply, CommitReply, FetchOffsetsReply,
                 DeleteOffsetsReply, DeleteGroupReply, DescribeReply, ListReply, ForgetTopicsReply>;

// The reply to `request` that is nothing but a failure.
GroupReply failed_reply(const GroupRequest& request, const Error& error);

}  // namespace weir::stream
