// A node of the metadata log's group: what the engine decides is carried out here, on disk, to the other
// nodes and on the state machine. Behind open_raft_log().
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "consensus/engine.hpp"
#include "consensus/message_format.hpp"
#include "consensus/raft_metadata_log.hpp"

namespace weir::consensus {

class RaftNode final : public MetadataLog {
  public:
    RaftNode(const RaftLogOptions& options, StateMachine& machine, RaftLogSeams seams);
    ~RaftNode() override;
    Result<void> open();

    void propose(Bytes command, Proposed done) override;
    void read_barrier(Proposed done) override;
    void add_learner(Member member, Changed done) override;
    void promote(NodeId learner, Changed done) override;
    void remove(NodeId node, Changed done) override;
    void transfer(NodeId voter, Changed done) override;
    Result<void> receive(NodeId from, ByteView message) override;
    void on_gone(NodeId node) override;
    Role role() const override;
    LogTerm term() const override { return raft_current_term(&raft_); }
    std::optional<NodeId> leader() const override;
    LogPosition applied() const override { return applied_; }
    std::vector<Member> members() const override { return to_members(raft_.configuration); }
    std::optional<LogIndex> matched(NodeId member) const override;
    bool is_recovering() const { return storage_->is_recovering(); }
    void stop(std::function<void()> done) override;

  private:
    struct Proposal {
        RecordKind kind;
        Bytes data;
        Proposed done;
    };
    // An entry of ours on its way.
    struct Waiting {
        LogPosition at;
        Proposed done;
    };
    // A change of the group: first an entry of this term must be committed, then perhaps the node has to
    // catch up, then the new list of members is an entry like others.
    struct Change {
        enum class Kind { add, promote, remove } kind;
        Member member;
        Changed done;
        bool is_catching_up = false;
        bool is_submitted = false;
    };
    struct Transfer {
        NodeId to;
        Changed done;
    };
    // Parts of a snapshot that have come so far.
    struct Incoming {
        NodeId from;
        SnapshotPart first;  // without its data
        Bytes state;
    };
    struct Installing {
        Snapshot snapshot;
        raft_snapshot_metadata metadata;  // for the engine, once it is on disk
    };

    // Starting.
    std::uint64_t start_term();
    Result<void> start_engine();

    // Tasks. `run` posts one that does nothing once the log is gone.
    void run(std::function<void()> task);
    void refuse(Proposed done, Error error);
    void refuse(Changed done, Error error);
    void enqueue(RecordKind kind, Bytes data, Proposed done);
    void post_submit();
    void submit_pending();
    Result<void> submit(std::vector<Proposal> batch);
    Result<void> write_ahead(const std::vector<Proposal>& batch);
    void post_flush();
    void flush();
    void retry_later();
    void arm_timer();
    void on_timer();
    void elect_alone();
    void forget_leader();
    // Elections without waiting.
    void elect_another(NodeId gone);
    std::int64_t turn_after(NodeId gone) const;
    void slow_down();
    void end_haste();
    void finish_stop();

    // The engine.
    std::int64_t now() const { return seams_.clock.monotonic_ms(); }
    Result<void> step(raft_event& event);
    void carry_out(const raft_update& update);
    void take_entries(const raft_update& update);
    void apply_committed();
    void apply_entry(LogIndex index, const LogEntry& entry);
    void tell_applied();
    void settle();
    void follow_leadership();
    void lose_leadership();
    void begin_leading();
    bool is_leader() const { return raft_.state == RAFT_LEADER; }
    bool is_alone() const;
    Error not_leader() const;

    // Snapshots.
    void note_members();
    void snapshot_if_due();
    Result<void> take_snapshot();
    void begin_install(const raft_update& update);
    void try_install();

    // Messages.
    void send(const raft_message& message);
    void send(const raft_message& to, const Message& message);
    void send_entries(const raft_message& to, const raft_append_entries& request);
    void send_append(const raft_message& to, const AppendRequest& request);
    void send_snapshot(const raft_message& to, const raft_install_snapshot& request);
    Result<void> on(raft_message& out, const VoteRequest& m);
    Result<void> on(raft_message& out, const VoteReply& m);
    Result<void> on(raft_message& out, AppendRequest& m);
    Result<void> on(raft_message& out, const AppendReply& m);
    Result<void> on(raft_message& out, SnapshotPart& m);
    Result<void> on(raft_message& out, const ElectionRequest& m);
    Result<void> feed(raft_message& message);
    bool has_silent_leader() const;
    bool is_led() const;
    bool is_stranger(NodeId node) const;
    bool has_say() const;
    Result<void> feed_as_voter(raft_message& message);
    void skip_covered(AppendRequest& m) const;
    void commit_earlier_members(LogPosition previous);
    bool collect(NodeId from, SnapshotPart& part);
    std::string address_of(NodeId node) const;

    // What is committed.
    LogIndex commit_of(NodeId member) const;
    bool must_tell(NodeId member) const;
    void tell_commit_soon();
    void tell_commit();
    void tell_commit(const Member& member);

    // Members.
    void begin_change(Change::Kind kind, Member member, Changed done);
    void begin_transfer(NodeId to, Changed done);
    void hand_over_to_be_removed(Changed done);
    std::optional<NodeId> successor() const;
    void advance_change();
    Result<std::vector<Member>> members_after(const Change& change) const;
    bool has_caught_up();
    void submit_change(const std::vector<Member>& members);
    void end_change(Result<void> outcome);
    void advance_transfer();

    RaftLogOptions options_;
    StateMachine& machine_;
    RaftLogSeams seams_;
    std::unique_ptr<LogStorage> storage_;
    raft raft_{};
    bool is_initialized_ = false;
    bool is_opening_ = true;
    Result<void> opened_;  // what failed while opening
    int depth_ = 0;        // of steps within steps
    int steps_ = 0;        // since the last settling

    LogPosition applied_;
    std::deque<Proposal> pending_;
    std::deque<Waiting> waiting_;
    std::vector<Waiting> finished_;          // applied, and not told yet
    std::vector<LogIndex> committed_lists_;  // of members, not told to the engine yet
    std::optional<LogIndex> written_ahead_;  // from here on entries are in storage before the engine has them
    std::optional<LogTerm> leading_term_;
    LogIndex noted_list_ = 0;          // the list of members that the storage was told last
    LogIndex leads_from_ = 0;          // this leader's state is the truth once this is applied
    std::map<NodeId, LogIndex> told_;  // this leader's followers: up to where they know what is committed
    Leadership leadership_;
    std::vector<Member> start_members_;  // before the engine has started
    std::optional<Change> change_;
    std::optional<Transfer> transfer_;
    std::optional<unsigned> hasty_ms_;  // the election timeout while the leader is known to be gone
    std::optional<Incoming> incoming_;
    std::optional<Installing> installing_;
    std::uint64_t snapshot_at_bytes_ = 0;  // the log's size that makes the next one due

    bool is_submit_posted_ = false;
    bool is_flush_posted_ = false;
    bool is_tell_posted_ = false;
    bool is_stopping_ = false;
    bool is_stopped_ = false;
    std::function<void()> stopped_;
    std::unique_ptr<runtime::Timer> timer_;
    std::unique_ptr<runtime::Timer> retry_timer_;
    raft_time timer_at_ = 0;
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace weir::consensus
