// Heartbeat and leave: how members show that they live, or that they go.
#include "broker/stream/membership.hpp"
#include "broker/stream/rebalance.hpp"

namespace weir::stream {
namespace {

std::optional<Error> leave_one(Group& group, const Step& step, const LeavingMember& leaving) {
    if (leaving.member_id.empty() && leaving.instance_id) {
        const auto at = group.static_ids.find(*leaving.instance_id);
        if (at == group.static_ids.end()) return Error{Errc::unknown_member};
        drop_member(group, step, std::string(at->second));
        return std::nullopt;
    }
    if (!leaving.instance_id && group.pending.erase(leaving.member_id) > 0) return std::nullopt;
    if (auto error = group.check_member(leaving.member_id, leaving.instance_id)) return error;
    drop_member(group, step, leaving.member_id);
    return std::nullopt;
}

}  // namespace

void heartbeat(Group& group, const Step& step, Token token, const HeartbeatRequest& request) {
    HeartbeatReply reply;
    reply.error = group.check_member(request.member_id, request.instance_id);
    if (!reply.error && request.generation != group.generation) reply.error = Errc::illegal_generation;
    if (!reply.error) {
        Member& member = *group.find(request.member_id);
        if (!member.joining && !member.syncing) refresh_session(member, step);
        if (group.state == GroupState::preparing_rebalance) reply.error = Errc::rebalance_in_progress;
    }
    step.reply(token, std::move(reply));
}

void leave(Group& group, const Step& step, Token token, const LeaveRequest& request) {
    const std::size_t before = group.members.size();
    LeaveReply reply;
    for (const auto& leaving : request.members) {
        reply.members.push_back({leaving.member_id, leaving.instance_id, leave_one(group, step, leaving)});
    }
    step.reply(token, std::move(reply));
    if (group.members.size() < before) return members_changed(group, step);
    complete_join_if_ready(group, step);
}

}  // namespace weir::stream
