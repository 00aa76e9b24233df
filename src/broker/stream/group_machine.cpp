// Finds the group a request is about, lets it decide, and keeps the order of deadlines.
#include "broker/stream/group_machine.hpp"

#include "broker/stream/group_offsets.hpp"
#include "broker/stream/membership.hpp"
#include "broker/stream/rebalance.hpp"

namespace weir::stream {
namespace {

Error no_such_group() {
    return {Errc::group_not_found, "no such group"};
}
Error no_such_member() {
    return {Errc::unknown_member, "no such group: join again"};
}

DescribeReply describe(const Group& group) {
    DescribeReply reply;
    reply.state = group.state;
    reply.generation = group.generation;
    reply.protocol_type = group.protocol_type;
    const bool stable = group.state == GroupState::stable;
    if (stable) reply.protocol = group.protocol;
    for (const auto& [id, member] : group.members) {
        reply.members.push_back({id, member.instance_id, member.client_id, member.client_host, {}, {}});
        if (!stable) continue;
        reply.members.back().metadata = member.metadata_for(group.protocol);
        reply.members.back().assignment = member.assignment;
    }
    return reply;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

bool passes(const std::vector<std::string>& filter, std::string_view word) {
    return filter.empty() || std::any_of(filter.begin(), filter.end(), [&](const auto& allowed) {
               return equal_ignoring_case(allowed, word);
           });
}

constexpr std::string_view group_type = "classic";

void write_removal(const Group& group, const Step& step) {
    step.effects.records.push_back(encode(GroupRecord{group.name, std::nullopt}));
}

}  // namespace

// ---- replay

Result<void> GroupMachine::apply(ByteView key, std::optional<ByteView> value) {
    auto decoded = decode(key, value);
    if (!decoded) return decoded.error();
    if (auto* offset = std::get_if<OffsetRecord>(&*decoded)) apply_offset(std::move(*offset));
    if (const auto* group = std::get_if<GroupRecord>(&*decoded)) apply_group(*group);
    return {};
}

void GroupMachine::apply_offset(OffsetRecord record) {
    if (record.value) {
        Group& group = groups_.try_emplace(record.group, record.group).first->second;
        group.offsets[std::move(record.where)] = std::move(*record.value);
    } else if (Group* group = find_group(record.group)) {
        group->offsets.erase(record.where);
        forget_if_unused(*group);
    }
}

void GroupMachine::apply_group(const GroupRecord& record) {
    if (!record.value) return forget(record.group);
    Group& group = groups_.try_emplace(record.group, record.group).first->second;
    group.persisted = encode(record).value;
    // Once the machine runs, the group is already as the record says, and may know more.
    if (!started_) group.restore(*record.value);
}

bool GroupMachine::start(Instant now, std::size_t most) {
    for (auto at = groups_.lower_bound(start_from_); at != groups_.end(); ++at) {
        if (most-- == 0) {
            start_from_ = at->first;
            return false;
        }
        for (auto& [id, member] : at->second.members) {
            member.session_deadline_ms = now.steady_ms + member.session_timeout_ms;
        }
        schedule(at->second);
    }
    started_ = true;
    next_retention_check_ms_ = now.steady_ms + config_.offsets_check_interval_ms;
    return true;
}

bool GroupMachine::visit_records(RecordCursor& cursor,
                                 const std::function<bool(EncodedRecord)>& visit) const {
    auto at = cursor.group ? groups_.lower_bound(*cursor.group) : groups_.begin();
    for (; at != groups_.end(); ++at) {
        const auto& [group_name, group] = *at;
        const bool is_begun = cursor.group == group_name;
        if (!is_begun && group.persisted &&
            !visit({encode(GroupRecord{group_name, std::nullopt}).key, group.persisted})) {
            cursor = {group_name, std::nullopt};
            return false;
        }
        auto offset =
            is_begun && cursor.where ? group.offsets.upper_bound(*cursor.where) : group.offsets.begin();
        for (; offset != group.offsets.end(); ++offset) {
            if (visit(encode(OffsetRecord{group_name, offset->first, offset->second}))) continue;
            cursor = {group_name, offset->first};
            return false;
        }
    }
    return true;
}

// ---- steps

Effects GroupMachine::handle(Token token, GroupRequest request, Instant now) {
    Effects effects;
    const Step step{config_, now, effects};
    std::visit([&](auto& known) { decide(step, token, known); }, request);
    return effects;
}

Effects GroupMachine::on_time(Instant now) {
    Effects effects;
    const Step step{config_, now, effects};
    auto left = config_.groups_at_a_time;
    while (!wakes_.empty() && wakes_.begin()->first <= now.steady_ms && left-- > 0) {
        Group& group = groups_.at(wakes_.begin()->second);
        wakes_.erase(wakes_.begin());
        group.wake_ms = never_ms;
        on_group_time(group, step);
        schedule(group);
    }
    if (next_retention_check_ms_ <= now.steady_ms) check_retention(step);
    return effects;
}

std::int64_t GroupMachine::next_deadline_ms() const {
    return wakes_.empty() ? next_retention_check_ms_
                          : std::min(wakes_.begin()->first, next_retention_check_ms_);
}

// A wake-up that has become too early is left: looking at the group then finds the true deadline. So
// heartbeats, which only put deadlines off, cost nothing here.
void GroupMachine::schedule(Group& group) {
    const std::int64_t next_ms = group.next_deadline_ms();
    if (next_ms >= group.wake_ms) return;
    if (group.wake_ms != never_ms) wakes_.erase({group.wake_ms, group.name});
    group.wake_ms = next_ms;
    wakes_.insert({next_ms, group.name});
}

void GroupMachine::forget(const std::string& name) {
    const auto at = groups_.find(name);
    if (at == groups_.end()) return;
    if (at->second.wake_ms != never_ms) wakes_.erase({at->second.wake_ms, name});
    groups_.erase(at);
}

const Group* GroupMachine::find(const std::string& name) const {
    const auto at = groups_.find(name);
    return at == groups_.end() ? nullptr : &at->second;
}

Group* GroupMachine::find_group(const std::string& name) {
    return const_cast<Group*>(find(name));
}

Result<Group*> GroupMachine::make_group(const std::string& name) {
    if (Group* group = find_group(name)) return group;
    if (auto error = check_group_name(name, config_)) return *error;
    if (groups_.size() >= config_.max_groups) {
        return Error{Errc::limit_exceeded,
                     fmt::format("there are {} groups, the most allowed", groups_.size())};
    }
    return &groups_.try_emplace(name, name).first->second;
}

// A group of which nothing is left in the log or among its members.
void GroupMachine::forget_if_unused(const Group& group) {
    if (group.state != GroupState::empty || !group.pending.empty() || !group.offsets.empty()) return;
    if (!group.persisted) forget(std::string(group.name));
}

void GroupMachine::check_retention(const Step& step) {
    next_retention_check_ms_ = step.now.steady_ms;  // goes on at once, if it can't end now
    auto left = config_.groups_at_a_time;
    for (auto at = groups_.lower_bound(retention_from_); at != groups_.end();) {
        if (left-- == 0) {
            retention_from_ = at->first;
            return;
        }
        const Group& group = (at++)->second;
        const bool has_no_offsets = expire_offsets(group, step);
        const bool is_unused = has_no_offsets && group.state == GroupState::empty && group.pending.empty();
        if (is_unused && group.persisted) write_removal(group, step);
        forget_if_unused(group);
    }
    retention_from_.clear();
    next_retention_check_ms_ += config_.offsets_check_interval_ms;
}

// ---- requests

void GroupMachine::decide(const Step& step, Token token, JoinRequest& request) {
    if (auto error = check_join(request, config_)) return step.fail<JoinReply>(token, std::move(*error));
    if (!request.member_id.empty() && find_group(request.group) == nullptr) {
        return step.fail<JoinReply>(token, no_such_member());
    }
    const auto group = make_group(request.group);
    if (!group) return step.fail<JoinReply>(token, group.error());
    join(**group, step, token, std::move(request));
    schedule(**group);
}

void GroupMachine::decide(const Step& step, Token token, SyncRequest& request) {
    Group* group = find_group(request.group);
    if (group == nullptr) return step.fail<SyncReply>(token, no_such_member());
    sync(*group, step, token, std::move(request));
    schedule(*group);
}

void GroupMachine::decide(const Step& step, Token token, HeartbeatRequest& request) {
    Group* group = find_group(request.group);
    if (group == nullptr) return step.fail<HeartbeatReply>(token, no_such_member());
    heartbeat(*group, step, token, request);
}

void GroupMachine::decide(const Step& step, Token token, LeaveRequest& request) {
    Group* group = find_group(request.group);
    if (group == nullptr) return step.fail<LeaveReply>(token, no_such_member());
    leave(*group, step, token, request);
    schedule(*group);
}

void GroupMachine::decide(const Step& step, Token token, CommitRequest& request) {
    if (request.generation >= 0 && find_group(request.group) == nullptr) {
        return step.fail<CommitReply>(token, no_such_group());
    }
    const auto group = make_group(request.group);
    if (!group) return step.fail<CommitReply>(token, group.error());
    commit_offsets(**group, step, token, request);
}

void GroupMachine::decide(const Step& step, Token token, FetchOffsetsRequest& request) {
    fetch_offsets(find(request.group), step, token, request);
}

void GroupMachine::decide(const Step& step, Token token, DeleteOffsetsRequest& request) {
    Group* group = find_group(request.group);
    if (group == nullptr) return step.fail<DeleteOffsetsReply>(token, no_such_group());
    delete_offsets(*group, step, token, request);
}

void GroupMachine::decide(const Step& step, Token token, DeleteGroupRequest& request) {
    Group* group = find_group(request.group);
    if (group == nullptr) return step.fail<DeleteGroupReply>(token, no_such_group());
    if (group->state != GroupState::empty) {
        return step.fail<DeleteGroupReply>(
            token, Error{Errc::group_not_empty, "the group has members: stop them before deleting it"});
    }
    for (const auto& [where, committed] : group->offsets) write_offset(*group, step, where, std::nullopt);
    if (group->persisted) write_removal(*group, step);
    group->pending.clear();
    forget_if_unused(*group);
    step.reply(token, DeleteGroupReply{});
}

void GroupMachine::decide(const Step& step, Token token, DescribeRequest& request) {
    const Group* group = find(request.group);
    if (group == nullptr) return step.fail<DescribeReply>(token, no_such_group());
    step.reply(token, describe(*group));
}

void GroupMachine::decide(const Step& step, Token token, ListRequest& request) {
    ListReply reply;
    for (const auto& [group_name, group] : groups_) {
        if (!passes(request.states, name(group.state)) || !passes(request.types, group_type)) continue;
        reply.groups.push_back({group_name, group.protocol_type, group.state, std::string(group_type)});
    }
    step.reply(token, std::move(reply));
}

void GroupMachine::decide(const Step& step, Token token, ForgetTopicsRequest& request) {
    for (auto& [group_name, group] : groups_) {
        for (const auto& topic : request.topics) {
            auto at =
                group.offsets.lower_bound({topic, PartitionId{std::numeric_limits<std::int32_t>::min()}});
            for (; at != group.offsets.end() && at->first.topic == topic; ++at) {
                write_offset(group, step, at->first, std::nullopt);
            }
        }
    }
    step.reply(token, ForgetTopicsReply{});
}

}  // namespace weir::stream
