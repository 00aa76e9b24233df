// A shard of consumer groups as a state machine: no I/O, no clock, no randomness.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "broker/stream/group.hpp"
#include "broker/stream/group_step.hpp"

namespace weir::stream {

// How far a walk over all records has come: behind a group's own record, or behind one of its offsets.
struct RecordCursor {
    std::optional<std::string> group;  // nothing: at the beginning
    std::optional<TopicPartition> where;
};

// First apply() every record of the log in order, then start(). From then on each step (handle(), on_time())
// says which records to append; the caller appends them and apply()s them before the next step. If the log
// refuses them, it does not apply them and answers the step's requests with the log's error: offsets and
// deletions change only by apply(), and a generation that was not written lives on in memory. If the log
// takes records and loses them later, a new machine must be made from it. For one thread.
class GroupMachine {
  public:
    explicit GroupMachine(const GroupConfig& config) : config_(config) {}
    GroupMachine(const GroupMachine&) = delete;
    GroupMachine& operator=(const GroupMachine&) = delete;

    // One record that is in the log. Kinds that are not known are passed over. Errors: corrupt.
    Result<void> apply(ByteView key, std::optional<ByteView> value);
    // The members that the log knew get a full session to come back. Looks at `most` groups; false: call it
    // again, before anything else.
    bool start(Instant now, std::size_t most = SIZE_MAX);

    // Decides one request. Its own reply is among the effects, now or after a later step: a join and a sync
    // wait for others. Every token is answered exactly once.
    Effects handle(Token token, GroupRequest request, Instant now);
    // What is due because of time. Nothing is lost by calling it late, or early.
    Effects on_time(Instant now);
    // When on_time() has something to do (steady clock); may be early.
    std::int64_t next_deadline_ms() const;

    // Walks over the durable state as records that make it anew, from `cursor` on, until `visit` returns
    // false; true at the end. The state may change between two stretches of a walk: what was there all the
    // time is visited once.
    bool visit_records(RecordCursor& cursor, const std::function<bool(EncodedRecord)>& visit) const;

    std::size_t group_count() const { return groups_.size(); }
    const Group* find(const std::string& name) const;

  private:
    void apply_offset(OffsetRecord record);
    void apply_group(const GroupRecord& record);
    void schedule(Group& group);
    void forget(const std::string& name);
    Group* find_group(const std::string& name);
    Result<Group*> make_group(const std::string& name);
    void forget_if_unused(const Group& group);
    void check_retention(const Step& step);

    void decide(const Step& step, Token token, JoinRequest& request);
    void decide(const Step& step, Token token, SyncRequest& request);
    void decide(const Step& step, Token token, HeartbeatRequest& request);
    void decide(const Step& step, Token token, LeaveRequest& request);
    void decide(const Step& step, Token token, CommitRequest& request);
    void decide(const Step& step, Token token, FetchOffsetsRequest& request);
    void decide(const Step& step, Token token, DeleteOffsetsRequest& request);
    void decide(const Step& step, Token token, DeleteGroupRequest& request);
    void decide(const Step& step, Token token, DescribeRequest& request);
    void decide(const Step& step, Token token, ListRequest& request);
    void decide(const Step& step, Token token, ForgetTopicsRequest& request);

    GroupConfig config_;
    std::map<std::string, Group> groups_;
    std::set<std::pair<std::int64_t, std::string>> wakes_;  // when which group is looked at; one entry each
    std::int64_t next_retention_check_ms_ = never_ms;
    std::string retention_from_;  // the group with which the check under way goes on
    std::string start_from_;      // likewise start()
    bool started_ = false;
};

}  // namespace weir::stream
