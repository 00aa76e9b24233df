// Bookkeeping of members: by id, by instance, and how many know each protocol.
#include "broker/stream/group.hpp"

#include "base/assert.hpp"
#include "broker/stream/subscription_format.hpp"

namespace weir::stream {

const Bytes& Member::metadata_for(const std::string& protocol) const {
    static const Bytes none;
    for (const auto& offered : protocols) {
        if (offered.name == protocol) return offered.metadata;
    }
    return none;
}

Member* Group::find(const std::string& member_id) {
    const auto at = members.find(member_id);
    return at == members.end() ? nullptr : &at->second;
}

std::optional<Error> Group::check_member(const std::string& member_id,
                                         const std::optional<std::string>& instance_id) const {
    if (instance_id) {
        const auto at = static_ids.find(*instance_id);
        if (at == static_ids.end())
            return Error{Errc::unknown_member, "no member has this instance id: join again"};
        if (at->second != member_id) {
            return Error{Errc::fenced_instance, "another process has joined with the same instance id"};
        }
    }
    if (!members.contains(member_id))
        return Error{Errc::unknown_member, "not a member of the group: join again"};
    return std::nullopt;
}

void Group::add(Member member) {
    for (const auto& offered : member.protocols) ++support_[offered.name];
    if (member.instance_id) static_ids[*member.instance_id] = member.id;
    const std::string id = member.id;
    ASSERT(members.emplace(id, std::move(member)).second);
}

void Group::remove(const std::string& member_id) {
    const auto at = members.find(member_id);
    ASSERT(at != members.end());
    set_protocols(at->second, {});
    if (at->second.instance_id) static_ids.erase(*at->second.instance_id);
    if (leader == member_id) leader.clear();
    members.erase(at);
}

void Group::set_protocols(Member& member, std::vector<MemberProtocol> protocols) {
    for (const auto& offered : member.protocols) {
        if (--support_[offered.name] == 0) support_.erase(offered.name);
    }
    member.protocols = std::move(protocols);
    for (const auto& offered : member.protocols) ++support_[offered.name];
}

Member& Group::rename(const std::string& old_id, const std::string& new_id) {
    auto node = members.extract(old_id);
    ASSERT(!node.empty());
    node.key() = new_id;
    node.mapped().id = new_id;
    Member& member = members.insert(std::move(node)).position->second;
    if (member.instance_id) static_ids[*member.instance_id] = new_id;
    if (leader == old_id) leader = new_id;
    return member;
}

bool Group::is_compatible(const std::string& type, const std::vector<MemberProtocol>& protocols) const {
    if (members.empty()) return true;
    if (type != protocol_type) return false;
    return std::any_of(protocols.begin(), protocols.end(), [&](const auto& offered) {
        const auto known = support_.find(offered.name);
        return known != support_.end() && known->second == members.size();
    });
}

std::string Group::vote() const {
    std::map<std::string, std::size_t> votes;
    for (const auto& [id, member] : members) {
        const auto best =
            std::find_if(member.protocols.begin(), member.protocols.end(),
                         [&](const auto& offered) { return support_.at(offered.name) == members.size(); });
        if (best != member.protocols.end()) ++votes[best->name];
    }
    const auto most = std::max_element(votes.begin(), votes.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == votes.end() ? "" : most->first;
}

bool Group::all_joined() const {
    return pending.empty() && joined_count() == members.size();
}

std::size_t Group::joined_count() const {
    return static_cast<std::size_t>(std::count_if(
        members.begin(), members.end(), [](const auto& at) { return at.second.joining.has_value(); }));
}

std::int32_t Group::rebalance_timeout_ms() const {
    std::int32_t longest = 0;
    for (const auto& [id, member] : members) longest = std::max(longest, member.rebalance_timeout_ms);
    return longest;
}

std::int64_t Group::next_deadline_ms() const {
    std::int64_t next = std::min(join_deadline_ms, sync_deadline_ms);
    for (const auto& [id, member] : members) next = std::min(next, member.session_deadline_ms);
    for (const auto& [id, deadline_ms] : pending) next = std::min(next, deadline_ms);
    return next;
}

void Group::enter(GroupState new_state, Instant now) {
    state = new_state;
    state_since_ms = now.wall_ms;
}

void Group::note_subscriptions() {
    subscribed_topics_.reset();
    if (protocol_type != consumer_protocol_type) return;
    std::vector<std::string> all;
    for (const auto& [id, member] : members) {
        auto topics = subscribed_topics(member.metadata_for(protocol));
        if (!topics) return;
        all.insert(all.end(), topics->begin(), topics->end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    subscribed_topics_ = std::move(all);
}

// Where the subscriptions can't be read, a consumer group may be reading anything.
bool Group::is_subscribed(const std::string& topic) const {
    if (!subscribed_topics_) return protocol_type == consumer_protocol_type;
    return std::binary_search(subscribed_topics_->begin(), subscribed_topics_->end(), topic);
}

StoredGroup Group::stored() const {
    StoredGroup out;
    out.protocol_type = protocol_type;
    out.generation = generation;
    if (!protocol.empty()) out.protocol = protocol;
    if (!leader.empty()) out.leader = leader;
    out.state_timestamp_ms = state_since_ms;
    for (const auto& [id, member] : members) {
        out.members.push_back({member.id, member.instance_id, member.client_id, member.client_host,
                               member.rebalance_timeout_ms, member.session_timeout_ms,
                               member.metadata_for(protocol), member.assignment});
    }
    return out;
}

void Group::restore(const StoredGroup& stored) {
    members.clear();
    static_ids.clear();
    support_.clear();
    protocol_type = stored.protocol_type;
    generation = stored.generation;
    protocol = stored.protocol.value_or("");
    leader = stored.leader.value_or("");
    state = stored.members.empty() ? GroupState::empty : GroupState::stable;
    state_since_ms = stored.state_timestamp_ms;
    for (const auto& from : stored.members) {
        if (members.contains(from.member_id)) continue;
        Member member;
        member.id = from.member_id;
        member.instance_id = from.instance_id;
        member.client_id = from.client_id;
        member.client_host = from.client_host;
        member.session_timeout_ms = from.session_timeout_ms;
        member.rebalance_timeout_ms = from.rebalance_timeout_ms;
        member.protocols = {{protocol, from.metadata}};
        member.assignment = from.assignment;
        add(std::move(member));
    }
    note_subscriptions();
}

}  // namespace weir::stream
