// Sync: the leader brings everybody's share, each member gets its own.
#include "broker/stream/membership.hpp"
#include "broker/stream/rebalance.hpp"

namespace weir::stream {
namespace {

std::optional<Error> check_sync(const Group& group, const SyncRequest& request) {
    if (auto error = group.check_member(request.member_id, request.instance_id)) return error;
    if (request.generation != group.generation) return Error{Errc::illegal_generation};
    if ((request.protocol_type && *request.protocol_type != group.protocol_type) ||
        (request.protocol && *request.protocol != group.protocol)) {
        return Error{Errc::inconsistent_protocol, "the group has agreed on another protocol"};
    }
    if (group.state == GroupState::preparing_rebalance) return Error{Errc::rebalance_in_progress};
    return std::nullopt;
}

void answer_sync(const Group& group, Member& member, const Step& step, Token token) {
    SyncReply reply;
    reply.protocol_type = group.protocol_type;
    reply.protocol = group.protocol;
    reply.assignment = member.assignment;
    refresh_session(member, step);
    step.reply(token, std::move(reply));
}

void share_out(Group& group, const Step& step, std::vector<MemberAssignment> assignments) {
    for (auto& [id, member] : group.members) member.assignment.clear();
    for (auto& share : assignments) {
        if (Member* member = group.find(share.member_id)) member->assignment = std::move(share.assignment);
    }
    group.enter(GroupState::stable, step.now);
    persist(group, step);
    for (auto& [id, member] : group.members) {
        if (member.syncing) answer_sync(group, member, step, *std::exchange(member.syncing, std::nullopt));
    }
}

}  // namespace

void sync(Group& group, const Step& step, Token token, SyncRequest request) {
    if (auto error = check_sync(group, request)) return step.fail<SyncReply>(token, std::move(*error));
    Member& member = *group.find(request.member_id);
    member.sync_pending = false;
    if (group.state == GroupState::stable) return answer_sync(group, member, step, token);
    if (member.syncing) step.fail<SyncReply>(*member.syncing, Errc::rebalance_in_progress);
    member.syncing = token;
    member.session_deadline_ms =
        never_ms;  // as it can't send heartbeats; the leader's own deadline ends this
    if (member.id == group.leader) share_out(group, step, std::move(request.assignments));
}

}  // namespace weir::stream
