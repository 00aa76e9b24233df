// One follower's session at a leader: what it follows here, what it has been told, and of which partitions
// there may be news. A fetch costs what has changed, however many partitions there are.
#pragma once

#include <unordered_map>
#include <vector>

#include "log/log_state.hpp"
#include "replication/replica_fetch.hpp"

namespace weir::replication {

class FetchSession {
  public:
    struct Partition {
        FetchedPartition fetch;
        bool is_counted = false;   // the leader has taken the fetch into account
        bool is_answered = false;  // what was told of it is for the follower to act on: it will ask again
        bool is_due = false;       // there may be something new
        Offset told_high_watermark{-1};
        Offset told_log_start{-1};
    };

    FetchSession() = default;
    // Of the request that begins it.
    explicit FetchSession(const ReplicaFetchRequest& first)
        : broker_epoch_(first.broker_epoch), is_wary_(first.is_wary) {}

    // Whether the request is the session's next one.
    bool continues(const ReplicaFetchRequest& request) const {
        return request.sequence == next_sequence_ && request.broker_epoch == broker_epoch_;
    }
    // Errors: limit_exceeded (more partitions than twice max_fetched_partitions).
    Result<void> take(const ReplicaFetchRequest& request);
    // There may be news of a partition; nothing is done if it is not followed, or has to be asked for again.
    void on_change(const log::LogKey& key);
    void on_told(const FetchedReply& reply);
    // What is new of it is no reason to answer: it is looked at again when there is one.
    void put_off(const log::LogKey& key) { put_off_.push_back(key); }
    void resume();

    // Calls visit(Partition&) for each partition that there may be news of, once; those that on_change() is
    // called for meanwhile come up next time.
    template <class Visit>
    void visit_due(Visit&& visit) {
        for (const auto& key : std::exchange(due_, {})) {
            const auto found = partitions_.find(key);
            if (found == partitions_.end() || !std::exchange(found->second.is_due, false)) continue;
            if (!found->second.is_answered) visit(found->second);
        }
    }

    BrokerEpoch broker_epoch() const { return broker_epoch_; }
    bool is_wary() const { return is_wary_; }

  private:
    void make_due(const log::LogKey& key, Partition& partition);

    BrokerEpoch broker_epoch_{-1};
    bool is_wary_ = false;
    std::uint32_t next_sequence_ = 0;
    std::unordered_map<log::LogKey, Partition, log::LogKeyHash> partitions_;
    std::vector<log::LogKey> due_;
    std::vector<log::LogKey> put_off_;
};

// Whether the follower has to act on it, rather than just take note.
inline bool is_news(const FetchedReply& reply) {
    return reply.error != FetchError::none || reply.diverging || reply.batch_bytes > 0;
}

}  // namespace weir::replication
