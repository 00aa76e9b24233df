// One partition's replica on this node: its log, and whichever role the controller has given it.
#pragma once

#include <memory>

#include "replication/follower_state.hpp"
#include "replication/leader_state.hpp"

namespace weir::replication {

// What a leader answers to one partition's fetch, before its batches are read.
struct FetchAnswer {
    FetchedReply reply;                  // without batches
    std::vector<log::FileRange> ranges;  // them
    bool advanced = false;               // the high watermark has moved
};

// Owned by one thread; calls nobody back and waits for nothing. The log tells its owner of commits, who tells
// the replica by on_commit().
class Replica {
  public:
    // The log's readers are limited to the high watermark from now on.
    Replica(NodeId self, std::shared_ptr<log::PartitionLog> log, const LeaderOptions& options);

    // Takes over what the controller has committed; older than known changes nothing. Whether the role or the
    // leader epoch is a new one.
    bool apply(const PartitionRegistration& registration, std::int64_t now_ms);
    // A group commit that the log had part in, or in which something of it has failed. Whether the high
    // watermark has moved.
    bool on_commit(log::Ticket committed, std::int64_t now_ms);

    // As leader, appends one checked batch. `all`: its answer waits for all in-sync replicas. Errors:
    // not_leader, busy (too few replicas are in sync), and the log's.
    Result<log::Appended> append(log::SharedSpan batch, bool all, std::int64_t now_ms);
    // As leader, answers a fetch with up to `max_bytes`, but the first batch always whole; 0: with none.
    FetchAnswer answer(NodeId node, BrokerEpoch broker_epoch, const FetchedPartition& fetch,
                       std::size_t max_bytes, std::int64_t now_ms);
    std::optional<AlterInSync> propose(std::int64_t now_ms);
    bool on_outcome(const AlterInSync& proposal, AlterOutcome outcome, std::int64_t now_ms);

    // As follower: what to ask the leader for, if now is the time.
    std::optional<FetchedPartition> next_fetch() const;
    // As follower: something that was fetched waits for its commit, so that there is nothing to ask now.
    bool is_syncing() const { return follower_ && (cut_ || log_->end() != log_->durable_end()); }
    // The log is damaged, and the controller counts this replica out from that leader epoch on: what the
    // leader knew of its log is forgotten, and it may be emptied and filled again.
    void refill_from(LeaderEpoch epoch) { refill_epoch_ = epoch; }
    // As follower, does what the answer asks for; its batches are kept, uncopied, until they are committed.
    // Errors: the log's; nothing is wrong with trying again.
    Result<FollowerStep> on_reply(const FetchedPartition& asked, const FetchedReply& reply,
                                  std::int64_t now_ms);

    // Whether what goes to that follower (or comes to this one) counts against the node's rate.
    bool is_throttled_for(NodeId follower) const { return is_throttled_ && !is_in_sync(follower); }

    bool is_leader() const { return leader_.has_value(); }
    NodeId leader() const { return leader_node_; }
    LeaderEpoch epoch() const { return epoch_; }
    // As far as this node knows it.
    Offset high_watermark() const;
    const std::optional<LeaderState>& leader_state() const { return leader_; }
    log::PartitionLog& log() const { return *log_; }

  private:
    LocalLog local() const;
    bool may_refill() const { return refill_epoch_ && epoch_ >= *refill_epoch_; }
    Result<FollowerStep> empty(const FetchedPartition& asked, const FetchedReply& reply);
    void on_cut(log::Ticket ticket, Offset offset);
    void lead(const PartitionRegistration& registration, std::int64_t now_ms);
    void limit_readers();
    bool is_in_sync(NodeId node) const;

    const NodeId self_;
    const std::shared_ptr<log::PartitionLog> log_;
    const LeaderOptions options_;
    NodeId leader_node_ = no_node;
    LeaderEpoch epoch_ = no_epoch;
    PartitionEpoch partition_epoch_{-1};
    std::vector<InSyncReplica> in_sync_;
    bool is_throttled_ = false;
    std::optional<LeaderState> leader_;
    std::optional<FollowerState> follower_;
    std::optional<log::Ticket> cut_;  // waits for its commit
    // To lead once the cut is done: what it takes away must not be handed out, nor counted.
    std::optional<PartitionRegistration> to_lead_;
    Offset known_high_watermark_;  // of earlier roles
    std::optional<LeaderEpoch> refill_epoch_;
};

}  // namespace weir::replication
