// The phases of a rebalance and their deadlines, as the classic group protocol has them (KIP-134, 211, 345,
// 394).
#include "broker/stream/rebalance.hpp"

#include "base/assert.hpp"

namespace weir::stream {
namespace {

void fail_waiting_syncs(Group& group, const Step& step) {
    for (auto& [id, member] : group.members) {
        member.assignment.clear();
        if (!member.syncing) continue;
        step.fail<SyncReply>(*std::exchange(member.syncing, std::nullopt), Errc::rebalance_in_progress);
        if (!member.joining) refresh_session(member, step);
    }
}

void drop_absent_members(Group& group, const Step& step) {
    std::vector<std::string> absent;
    for (const auto& [id, member] : group.members) {
        if (!member.joining && !member.instance_id) absent.push_back(id);
    }
    for (const auto& id : absent) drop_member(group, step, id);
}

// Keeps the leader if it has joined, else takes the first that has. False if nobody has.
bool elect_leader(Group& group) {
    const Member* current = group.find(group.leader);
    if (current != nullptr && current->joining) return true;
    for (const auto& [id, member] : group.members) {
        if (!member.joining) continue;
        group.leader = id;
        return true;
    }
    return false;
}

std::int32_t next_generation(std::int32_t generation) {
    return generation == std::numeric_limits<std::int32_t>::max() ? 1 : generation + 1;
}

void become_empty(Group& group, const Step& step) {
    group.generation = next_generation(group.generation);
    group.protocol.clear();
    group.leader.clear();
    group.enter(GroupState::empty, step.now);
    group.note_subscriptions();
    persist(group, step);
}

void begin_generation(Group& group, const Step& step) {
    group.generation = next_generation(group.generation);
    group.protocol = group.vote();
    ASSERT(!group.protocol.empty());
    group.enter(GroupState::completing_rebalance, step.now);
    group.note_subscriptions();
    group.sync_deadline_ms = step.now.steady_ms + group.rebalance_timeout_ms();
    for (auto& [id, member] : group.members) {
        if (!member.joining) continue;  // a static member that is away: its session decides
        member.sync_pending = true;
        member.is_new = false;
        refresh_session(member, step);
        step.reply(*std::exchange(member.joining, std::nullopt), current_generation(group, member));
    }
}

void complete_join(Group& group, const Step& step) {
    group.join_deadline_ms = never_ms;
    group.initial_delay = false;
    drop_absent_members(group, step);
    if (group.members.empty()) return become_empty(group, step);
    if (!elect_leader(group)) {  // only static members, all away: their sessions decide
        group.join_deadline_ms = step.now.steady_ms + std::max(group.rebalance_timeout_ms(), 1);
        return;
    }
    begin_generation(group, step);
}

void prepare_rebalance(Group& group, const Step& step) {
    if (group.state == GroupState::completing_rebalance) fail_waiting_syncs(group, step);
    const bool was_empty = group.state == GroupState::empty;
    group.sync_deadline_ms = never_ms;
    for (auto& [id, member] : group.members) member.sync_pending = false;
    group.enter(GroupState::preparing_rebalance, step.now);
    const std::int32_t timeout_ms = group.rebalance_timeout_ms();
    const std::int32_t delay_ms =
        was_empty ? std::min(step.config.initial_rebalance_delay_ms, timeout_ms) : 0;
    group.initial_delay = delay_ms > 0;
    group.has_newcomers = false;
    group.initial_remaining_ms = timeout_ms - delay_ms;
    group.join_deadline_ms = step.now.steady_ms + (group.initial_delay ? delay_ms : timeout_ms);
    complete_join_if_ready(group, step);
}

void on_join_deadline(Group& group, const Step& step) {
    const auto delay_ms =
        std::min<std::int64_t>(step.config.initial_rebalance_delay_ms, group.initial_remaining_ms);
    if (!group.initial_delay || !group.has_newcomers || delay_ms <= 0) return complete_join(group, step);
    group.has_newcomers = false;
    group.initial_remaining_ms -= delay_ms;
    group.join_deadline_ms = step.now.steady_ms + delay_ms;
}

void on_sync_deadline(Group& group, const Step& step) {
    group.sync_deadline_ms = never_ms;
    std::vector<std::string> silent;
    for (const auto& [id, member] : group.members) {
        if (member.sync_pending) silent.push_back(id);
    }
    for (const auto& id : silent) drop_member(group, step, id);
    if (!silent.empty()) members_changed(group, step);
}

// Members and given-out ids whose time is over.
void drop_expired(Group& group, const Step& step) {
    const auto now_ms = step.now.steady_ms;
    const auto unused = std::erase_if(group.pending, [&](const auto& at) { return at.second <= now_ms; });
    std::vector<std::string> expired;
    for (const auto& [id, member] : group.members) {
        if (member.session_deadline_ms <= now_ms) expired.push_back(id);
    }
    for (const auto& id : expired) drop_member(group, step, id);
    if (!expired.empty()) {
        members_changed(group, step);
    } else if (unused > 0) {
        complete_join_if_ready(group, step);
    }
}

}  // namespace

void members_changed(Group& group, const Step& step) {
    if (group.state == GroupState::preparing_rebalance) return complete_join_if_ready(group, step);
    prepare_rebalance(group, step);
}

void complete_join_if_ready(Group& group, const Step& step) {
    if (group.state != GroupState::preparing_rebalance || group.initial_delay) return;
    if (group.all_joined()) complete_join(group, step);
}

void on_group_time(Group& group, const Step& step) {
    drop_expired(group, step);
    if (group.join_deadline_ms <= step.now.steady_ms) on_join_deadline(group, step);
    if (group.sync_deadline_ms <= step.now.steady_ms) on_sync_deadline(group, step);
}

void drop_member(Group& group, const Step& step, const std::string& member_id, Errc why) {
    Member* member = group.find(member_id);
    ASSERT(member != nullptr);
    if (member->joining) step.fail<JoinReply>(*member->joining, why);
    if (member->syncing) step.fail<SyncReply>(*member->syncing, why);
    group.remove(member_id);
}

void persist(const Group& group, const Step& step) {
    step.effects.records.push_back(encode(GroupRecord{group.name, group.stored()}));
}

void refresh_session(Member& member, const Step& step) {
    member.session_deadline_ms = step.now.steady_ms + member.session_timeout_ms;
}

JoinReply current_generation(const Group& group, const Member& member) {
    JoinReply reply;
    reply.generation = group.generation;
    reply.protocol_type = group.protocol_type;
    reply.protocol = group.protocol;
    reply.leader = group.leader;
    reply.member_id = member.id;
    if (member.id != group.leader) return reply;
    for (const auto& [id, other] : group.members) {
        reply.members.push_back({id, other.instance_id, other.metadata_for(group.protocol)});
    }
    return reply;
}

}  // namespace weir::stream
