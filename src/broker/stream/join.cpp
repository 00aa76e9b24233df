// Join: who gets in, under which id, and whether that needs a rebalance (KIP-62, 134, 345, 394, 814).
#include "base/assert.hpp"
#include "broker/stream/membership.hpp"
#include "broker/stream/rebalance.hpp"
#include "broker/stream/subscription_format.hpp"

namespace weir::stream {
namespace {

// The join of `member` waits from now on; an older one that still waits is told off.
void park_join(Member& member, const Step& step, Token token) {
    if (member.joining) step.fail<JoinReply>(*member.joining, Errc::rebalance_in_progress);
    member.joining = token;
    // A member waiting for others can't send heartbeats. A newcomer may have given up and come back under
    // another id, so it is not waited for without end.
    member.session_deadline_ms =
        member.is_new ? step.now.steady_ms + step.config.new_member_join_timeout_ms : never_ms;
}

void take_timeouts(Member& member, const JoinRequest& request) {
    member.session_timeout_ms = request.session_timeout_ms;
    member.rebalance_timeout_ms = std::max(request.rebalance_timeout_ms, 1);
}

void add_and_rebalance(Group& group, const Step& step, Token token, JoinRequest request,
                       std::string member_id) {
    if (group.members.empty()) group.protocol_type = request.protocol_type;
    Member member;
    member.id = member_id;
    member.instance_id = std::move(request.instance_id);
    member.client_id = std::move(request.client_id);
    member.client_host = std::move(request.client_host);
    member.protocols = std::move(request.protocols);
    member.is_new = true;
    take_timeouts(member, request);
    park_join(member, step, token);
    group.add(std::move(member));
    group.has_newcomers = true;
    members_changed(group, step);
}

void rejoin_and_rebalance(Group& group, const Step& step, Token token, JoinRequest request, Member& member) {
    take_timeouts(member, request);
    group.set_protocols(member, std::move(request.protocols));
    park_join(member, step, token);
    members_changed(group, step);
}

// A dynamic member first gets an id alone, so that one that gives up waiting and asks again is known.
void give_id(Group& group, const Step& step, Token token, const JoinRequest& request, std::string member_id) {
    group.pending[member_id] = step.now.steady_ms + request.session_timeout_ms;
    JoinReply reply;
    reply.error = Error{Errc::member_id_required, "join again with the given member id"};
    reply.member_id = std::move(member_id);
    step.reply(token, std::move(reply));
}

// Whether the leader would share out the work in the same way: what a member owned before does not count.
bool subscribes_to_the_same(const Group& group, const Member& member, const JoinRequest& request) {
    if (group.protocol_type != consumer_protocol_type) return true;
    for (const auto& offered : request.protocols) {
        if (offered.name != group.protocol) continue;
        const auto now = subscribed_topics(offered.metadata);
        return !now || now == subscribed_topics(member.metadata_for(group.protocol));
    }
    return false;
}

// The generation stands; the new process takes the old one's share.
void take_over(Group& group, const Step& step, Token token, Member& member, bool skip_assignment,
               const std::string& old_leader) {
    refresh_session(member, step);
    JoinReply reply = current_generation(group, member);
    if (group.leader == member.id && !skip_assignment) {
        // A client that would compute assignments as a leader must not believe that it is one.
        reply.leader = old_leader;
        reply.members.clear();
    }
    reply.skip_assignment = group.leader == member.id && skip_assignment;
    persist(group, step);
    step.reply(token, std::move(reply));
}

// A static member's process was restarted: same instance, new id. The old process, should it live, is fenced.
void replace_static(Group& group, const Step& step, Token token, JoinRequest request, std::string member_id) {
    const std::string old_id = group.static_ids.at(*request.instance_id);
    const std::string old_leader = group.leader;
    Member& member = group.rename(old_id, member_id);
    if (member.joining)
        step.fail<JoinReply>(*std::exchange(member.joining, std::nullopt), Errc::fenced_instance);
    if (member.syncing)
        step.fail<SyncReply>(*std::exchange(member.syncing, std::nullopt), Errc::fenced_instance);
    const bool same = subscribes_to_the_same(group, member, request);
    member.client_id = request.client_id;
    member.client_host = request.client_host;
    if (group.state != GroupState::stable) {
        return rejoin_and_rebalance(group, step, token, std::move(request), member);
    }
    take_timeouts(member, request);
    group.set_protocols(member, std::move(request.protocols));
    if (same && group.vote() == group.protocol) {
        return take_over(group, step, token, member, request.can_skip_assignment, old_leader);
    }
    park_join(member, step, token);
    members_changed(group, step);
}

std::string new_member_id(const JoinRequest& request) {
    return fmt::format("{}-{}", request.instance_id ? *request.instance_id : request.client_id,
                       request.unique_suffix);
}

void join_as_new(Group& group, const Step& step, Token token, JoinRequest request) {
    std::string member_id = new_member_id(request);
    if (request.instance_id) {
        if (group.static_ids.contains(*request.instance_id)) {
            return replace_static(group, step, token, std::move(request), std::move(member_id));
        }
    } else if (request.needs_known_id) {
        return give_id(group, step, token, request, std::move(member_id));
    }
    add_and_rebalance(group, step, token, std::move(request), std::move(member_id));
}

// Whether a member that comes back offers just what it did: then it has missed the answer, no more.
bool is_unchanged(const Group& group, const Member& member, const JoinRequest& request) {
    switch (group.state) {
        case GroupState::completing_rebalance: return member.protocols == request.protocols;
        case GroupState::stable: return member.id != group.leader && member.protocols == request.protocols;
        default: return false;
    }
}

void join_again(Group& group, const Step& step, Token token, JoinRequest request) {
    if (!request.instance_id && group.pending.erase(request.member_id) > 0) {
        std::string member_id = request.member_id;
        return add_and_rebalance(group, step, token, std::move(request), std::move(member_id));
    }
    if (auto error = group.check_member(request.member_id, request.instance_id)) {
        return step.fail<JoinReply>(token, std::move(*error));
    }
    Member& member = *group.find(request.member_id);
    if (!is_unchanged(group, member, request)) {
        return rejoin_and_rebalance(group, step, token, std::move(request), member);
    }
    if (!member.syncing) refresh_session(member, step);
    step.reply(token, current_generation(group, member));
}

// Members in place stay even above the limit; a static member's restart takes no new place.
bool has_room(const Group& group, const JoinRequest& request, const GroupConfig& config) {
    if (group.members.contains(request.member_id)) return true;
    if (request.instance_id && group.static_ids.contains(*request.instance_id)) return true;
    const bool preparing = group.state == GroupState::preparing_rebalance;
    const std::size_t present = preparing ? group.joined_count() : group.members.size();
    const std::size_t promised = group.pending.size() - group.pending.count(request.member_id);
    return present + promised < config.max_group_members;
}

bool is_name(std::string_view text, const GroupConfig& config) {
    return !text.empty() && text.size() <= config.max_name_bytes;
}

}  // namespace

std::optional<Error> check_group_name(std::string_view name, const GroupConfig& config) {
    if (is_name(name, config)) return std::nullopt;
    return Error{Errc::invalid_group,
                 fmt::format("a group's name must have 1 to {} bytes", config.max_name_bytes)};
}

std::optional<Error> check_join(const JoinRequest& request, const GroupConfig& config) {
    if (auto error = check_group_name(request.group, config)) return error;
    if (request.session_timeout_ms < config.min_session_timeout_ms ||
        request.session_timeout_ms > config.max_session_timeout_ms) {
        return Error{Errc::invalid_session_timeout,
                     fmt::format("the session timeout must be {} to {} ms", config.min_session_timeout_ms,
                                 config.max_session_timeout_ms)};
    }
    if (request.protocol_type.empty() || request.protocols.empty()) {
        return Error{Errc::inconsistent_protocol, "a member must name its protocol type and a protocol"};
    }
    bool names_fit = is_name(request.protocol_type, config) &&
                     request.client_id.size() <= config.max_name_bytes &&
                     request.client_host.size() <= config.max_name_bytes &&
                     (!request.instance_id || is_name(*request.instance_id, config));
    for (const auto& offered : request.protocols) names_fit = names_fit && is_name(offered.name, config);
    if (names_fit) return std::nullopt;
    return Error{Errc::invalid_argument,
                 fmt::format("a name in the join is empty or longer than {} bytes", config.max_name_bytes)};
}

void join(Group& group, const Step& step, Token token, JoinRequest request) {
    if (!has_room(group, request, step.config)) {
        group.pending.erase(request.member_id);
        complete_join_if_ready(group, step);
        return step.fail<JoinReply>(
            token, Error{Errc::group_full, fmt::format("the group has {} members, the most allowed",
                                                       step.config.max_group_members)});
    }
    if (!group.is_compatible(request.protocol_type, request.protocols)) {
        return step.fail<JoinReply>(token,
                                    Error{Errc::inconsistent_protocol,
                                          "the group's members have no protocol in common with this one"});
    }
    if (request.member_id.empty()) return join_as_new(group, step, token, std::move(request));
    join_again(group, step, token, std::move(request));
}

}  // namespace weir::stream
