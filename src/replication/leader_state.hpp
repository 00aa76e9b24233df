// The leader's side of one partition: how far each follower has come, who is in sync, and what that makes
// the high watermark.
#pragma once

#include <map>
#include <optional>

#include "replication/replica_fetch.hpp"

namespace weir::replication {

struct LeaderOptions {
    std::int64_t replica_lag_time_max_ms = 30'000;  // a member that has not caught up for so long has to go
    std::int64_t refused_pause_ms = 500;            // before the next proposal, when one was refused
};

// What can be fetched from the leader's log.
struct FetchableLog {
    Offset start;
    Offset durable_end;
};

struct FetchVerdict {
    FetchError error = FetchError::none;
    std::optional<log::EpochEnd> diverging;  // nothing is counted and nothing is sent then
    bool advanced = false;                   // the high watermark has moved
};

// Lives for one leader epoch; pure: the time is an argument, the log is told about. Not safe from several
// threads. The protocol is Kafka's (KIP-101, 279, 497, 595, 903, 966), but that a follower counts only with
// what it has synced, and each rule is one of docs/model/.
class LeaderState {
  public:
    // `registration` names this node as leader. `durable_end`: of the log now: a member of the in-sync set
    // has told earlier leaders of no more, so that all they may have committed lies before it.
    // `high_watermark`: as far as this node knew it.
    LeaderState(NodeId self, PartitionRegistration registration, Offset durable_end, Offset high_watermark,
                const LeaderOptions& options, std::int64_t now_ms);

    // Takes over a newer committed state of the same leader epoch; an older one changes nothing. Whether the
    // high watermark has moved.
    bool update(const PartitionRegistration& registration, std::int64_t now_ms);
    // The leader's own log is durable up to here. Whether the high watermark has moved.
    bool advance(Offset durable_end, std::int64_t now_ms);

    // Takes a follower's fetch into account. `end_of_last_epoch`: what the leader's log knows of
    // fetch.last_fetched_epoch.
    FetchVerdict on_fetch(NodeId node, BrokerEpoch broker_epoch, const FetchedPartition& fetch,
                          const FetchableLog& log, const std::optional<log::EpochEnd>& end_of_last_epoch,
                          std::int64_t now_ms);

    // The next change of the in-sync set to ask the controller for, if there is one and none is on its way
    // (or the one that is has to be asked for again). After an unclean election the set as it is, once: any
    // proposal says that the leader has recovered. Call now and then, and after fetches.
    std::optional<AlterInSync> propose(std::int64_t now_ms);
    // Whether the high watermark has moved.
    bool on_outcome(const AlterInSync& proposal, AlterOutcome outcome, std::int64_t now_ms);

    // All before it is on every member of the in-sync set, and of the one that is proposed.
    Offset high_watermark() const { return high_watermark_; }
    // What clients may be shown: nothing until it is sure not to be behind what an earlier leader has shown
    // (KIP-207).
    std::optional<Offset> client_high_watermark() const;
    // Whether writes that ask for all replicas are taken (acks=all): enough are in sync.
    bool takes_all() const { return in_sync_count() >= needed(); }
    // Whether all before `next` may be acknowledged to who asked for all replicas.
    bool is_acknowledged(Offset next) const { return high_watermark_ >= next; }

    const PartitionRegistration& registration() const { return registration_; }
    LeaderEpoch epoch() const { return registration_.leader_epoch; }

  private:
    struct Follower {
        BrokerEpoch broker_epoch{-1};
        std::optional<Offset> position;  // its durable end; nothing: has not fetched in this epoch
        Offset leader_end;               // when it fetched last
        std::int64_t fetched_ms = INT64_MIN / 2;
        std::int64_t caught_up_ms = INT64_MIN / 2;  // when it last had all that there was
    };

    std::int32_t in_sync_count() const { return static_cast<std::int32_t>(registration_.in_sync.size()); }
    std::int32_t needed() const;
    void extend(Offset durable_end, std::int64_t now_ms);
    bool raise();
    Offset position_of(const InSyncReplica& member) const;
    void welcome(const PartitionRegistration& registration, std::int64_t now_ms);
    void note(Follower& follower, Offset fetch_offset, std::int64_t now_ms) const;
    bool keeps_up(const InSyncReplica& member, std::int64_t now_ms) const;
    bool may_join(NodeId node, const Follower& follower, std::int64_t now_ms) const;
    bool is_member(NodeId node) const;
    std::optional<FetchError> refusal(NodeId node, BrokerEpoch broker_epoch,
                                      const FetchedPartition& fetch) const;

    const NodeId self_;
    const LeaderOptions options_;
    PartitionRegistration registration_;
    const Offset epoch_start_;
    Offset durable_end_;
    Offset high_watermark_;
    std::map<NodeId, Follower> followers_;
    std::optional<AlterInSync> proposed_;
    bool again_ = false;     // the proposal's outcome is unknown
    bool repeated_ = false;  // more than one copy of it may be on its way
    // Of proposals that were refused while another copy was on its way: that one may be committed yet.
    std::vector<InSyncReplica> lingering_;
    std::int64_t next_proposal_ms_ = INT64_MIN / 2;
};

// Where a follower's log parts from the leader's: nothing if it does not as far as `fetch` tells.
std::optional<log::EpochEnd> find_divergence(const FetchedPartition& fetch, Offset log_start,
                                             const std::optional<log::EpochEnd>& end_of_last_epoch);

}  // namespace weir::replication
