// The follower's side of one partition: what to fetch next, what to make of the answer, and how far the
// high watermark covers the local log.
#pragma once

#include <functional>
#include <optional>

#include "replication/replica_fetch.hpp"

namespace weir::replication {

// The follower's log at the moment of a decision.
struct LocalLog {
    Offset start;
    Offset durable_end;
    Offset end;              // beyond durable_end: appended, not yet synced
    LeaderEpoch last_epoch;  // of the last batch
};

// What the log knows of an epoch (PartitionLog::end_of_epoch).
using EndOfEpoch = std::function<std::optional<log::EpochEnd>(LeaderEpoch)>;

struct FollowerStep {
    enum class Kind {
        ignore,    // of an epoch that is over, or nothing to do
        append,    // the reply's batches, at the log's end
        truncate,  // cut the log at `offset`, then fetch again
        reset,     // empty the log, to go on at `offset`
        wait,      // the leader can't answer now: try again after a pause
    };
    Kind kind = Kind::ignore;
    Offset offset;
    // The cut takes committed records with it: an unclean election, or damage. The owner decides.
    bool cuts_committed = false;
    bool advanced = false;  // the high watermark has moved
    bool is_refused =
        false;  // what came does not continue the log: it does not hold, or the leader's was cut
};

// Lives for one leader epoch; pure, like LeaderState.
class FollowerState {
  public:
    // `high_watermark`: as far as this node knew it.
    FollowerState(LeaderEpoch epoch, Offset high_watermark)
        : epoch_(epoch), high_watermark_(high_watermark) {}

    // Nothing while appended batches are not yet durable: what was fetched counts at the leader only once it
    // can't be lost, and it counts by the next fetch's offset.
    std::optional<FetchedPartition> next_fetch(const log::LogKey& key, const LocalLog& log) const;

    // `asked` is the fetch that is answered, the log as it is now.
    FollowerStep on_reply(const FetchedPartition& asked, const FetchedReply& reply, const LocalLog& log,
                          const EndOfEpoch& end_of_epoch);
    // What was appended is durable up to here. Whether the high watermark has moved.
    bool advance(Offset durable_end);
    // The log was cut here.
    void on_cut(Offset end);

    // All before it is committed, and the same here as at the leader.
    Offset high_watermark() const { return high_watermark_; }
    LeaderEpoch epoch() const { return epoch_; }

  private:
    FollowerStep on_diverging(const log::EpochEnd& diverging, const LocalLog& log,
                              const EndOfEpoch& end_of_epoch) const;
    FollowerStep on_out_of_range(const FetchedReply& reply, const LocalLog& log) const;
    FollowerStep cut_at(FollowerStep::Kind kind, Offset offset) const;

    const LeaderEpoch epoch_;
    Offset high_watermark_;
    Offset leader_high_watermark_;
    Offset agreed_end_;  // the leader has compared the log up to here, and sent what follows
};

}  // namespace weir::replication
