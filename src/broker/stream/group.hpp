// One consumer group: its members, what they agreed on, and what they committed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/stream/group_records.hpp"
#include "broker/stream/group_step.hpp"

namespace weir::stream {

struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = 0;
    std::vector<MemberProtocol> protocols;
    Bytes assignment;

    std::int64_t session_deadline_ms = never_ms;  // steady; never while a join or sync of it waits for others
    std::optional<Token> joining;                 // its join that has no answer yet
    std::optional<Token> syncing;
    bool is_new = false;        // no join of it was answered yet
    bool sync_pending = false;  // it has not asked for its share of this generation

    const Bytes& metadata_for(const std::string& protocol) const;
};

// Data and the questions about it; who may change it when is in membership.hpp and rebalance.hpp.
// Containers are ordered so that a run can be repeated.
class Group {
  public:
    explicit Group(std::string group_name) : name(std::move(group_name)) {}

    Member* find(const std::string& member_id);
    // Why a request of this member can't be served, if it can't: unknown_member, fenced_instance.
    std::optional<Error> check_member(const std::string& member_id,
                                      const std::optional<std::string>& instance_id) const;
    void add(Member member);
    void remove(const std::string& member_id);
    // The protocols a member offers are counted, so they change only here.
    void set_protocols(Member& member, std::vector<MemberProtocol> protocols);
    // A static member goes on under a new id: everything else of it stays.
    Member& rename(const std::string& old_id, const std::string& new_id);

    // Whether a member with these could be in one group with the others.
    bool is_compatible(const std::string& type, const std::vector<MemberProtocol>& protocols) const;
    // The protocol that most members would rather have among those that all of them know; "" without members.
    std::string vote() const;

    bool all_joined() const;
    std::size_t joined_count() const;
    std::int32_t rebalance_timeout_ms() const;  // the longest of the members'
    std::int64_t next_deadline_ms() const;
    void enter(GroupState new_state, Instant now);
    // Takes note of what the members are subscribed to, which their metadata for the protocol says.
    void note_subscriptions();
    bool is_subscribed(const std::string& topic) const;
    bool is_simple() const { return protocol_type.empty(); }  // only ever used to store offsets

    StoredGroup stored() const;
    void restore(const StoredGroup& stored);

    const std::string name;
    GroupState state = GroupState::empty;
    std::int64_t state_since_ms = -1;  // wall clock; -1: unknown
    std::int32_t generation = 0;
    std::string protocol_type;
    std::string protocol;  // chosen for the generation; "" if there are no members
    std::string leader;    // a member id or ""
    std::map<std::string, Member> members;
    std::map<std::string, std::string> static_ids;  // instance id -> member id
    std::map<std::string, std::int64_t> pending;    // ids given out, and until when they may be used (steady)
    std::map<TopicPartition, CommittedOffset> offsets;
    std::optional<Bytes> persisted;  // the value of the group's record in the log, if it has one

    // The phase of a rebalance (steady).
    std::int64_t join_deadline_ms = never_ms;  // when the members that have not joined again are dropped
    std::int64_t sync_deadline_ms = never_ms;  // when those that have not asked for their share are
    bool initial_delay = false;                // the group was empty: waiting for newcomers
    bool has_newcomers = false;                // during it
    std::int64_t initial_remaining_ms = 0;     // by which it can still be extended

    std::int64_t wake_ms = never_ms;  // when the machine looks at the group next

  private:
    std::map<std::string, std::size_t> support_;  // protocol -> members that know it
    std::optional<std::vector<std::string>> subscribed_topics_;
};

}  // namespace weir::stream
