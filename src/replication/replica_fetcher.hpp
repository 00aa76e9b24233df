// The fetching side of a pair of nodes: all partitions that this node follows at the other, in one session.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/time.hpp"
#include "log/log_state.hpp"
#include "replication/fetch_session.hpp"
#include "replication/replica.hpp"
#include "replication/throttle.hpp"
#include "replication/transport.hpp"

namespace weir::replication {

struct FetcherOptions {
    std::int32_t max_wait_ms = 500;  // how long the leader may hold a fetch when there is nothing new
    std::int32_t min_bytes = 1;
    std::int32_t max_bytes = default_fetch_bytes;
    std::int64_t retry_ms = 200;       // before the next try, when a partition or the whole fetch has failed
    std::int64_t session_ms = 10'000;  // then a new session: the leader hears of every partition again
    // Shared by a node's fetchers: what this node takes of throttled partitions until it is in sync. Null: no
    // limit.
    Throttle* throttle = nullptr;
};

// The next request leaves once what the last one brought is synced, since its offsets say what counts; all
// partitions share that sync, as they share the journal. A request lists what is new or has moved since the
// last one. While the leader holds one, another leaves only if there is something to list. Owned by one
// thread.
class ReplicaFetcher {
  public:
    ReplicaFetcher(NodeId self, BrokerEpoch broker_epoch, NodeId leader, Transport& transport, Clock& clock,
                   const FetcherOptions& options);

    // The replica follows (or no longer follows) at this leader; it must outlive its stay.
    void add(const log::LogKey& key, Replica& replica);
    void remove(const log::LogKey& key);
    // Its leader epoch is another one.
    void on_change(const log::LogKey& key);
    bool empty() const { return partitions_.empty(); }

    // Fetches if the time has come. Call after add() and on_change(), after on_commit() of a replica, and
    // when wake_ms() is due.
    void poll();
    // When to call poll() again even if nothing happens, in the clock's monotonic milliseconds; nothing: not
    // needed.
    std::optional<std::int64_t> wake_ms() const;

  private:
    struct Partition {
        Replica* replica = nullptr;
        FetchedPartition asked;
        std::int64_t not_before_ms = INT64_MIN / 2;
        std::uint32_t asked_in = 0;  // which request
        bool is_listed = false;      // in this session
        bool is_changed = false;     // to be listed in the next request
    };

    bool is_syncing();
    void begin_session(bool is_wary);
    void change(const log::LogKey& key, Partition& partition);
    bool is_held_back(const Replica& replica, std::int64_t& reserved, std::int64_t now_ms) const;
    ReplicaFetchRequest next_request();
    void send(const ReplicaFetchRequest& request);
    void on_answer(std::uint32_t sequence, const Result<log::SharedSpan>& answer);
    void on_failure(const Error& error);
    void take(std::uint32_t sequence, const FetchedReply& reply);
    void doubt(const FetchedReply& reply, const Error& error);

    const NodeId self_;
    const BrokerEpoch broker_epoch_;
    const NodeId leader_;
    Transport& transport_;
    Clock& clock_;
    const FetcherOptions options_;
    std::unordered_map<log::LogKey, Partition, log::LogKeyHash> partitions_;
    std::vector<log::LogKey> changed_;
    std::vector<log::LogKey> syncing_;  // wait for a commit, then they have changed
    std::vector<log::LogKey> gone_;     // listed in this session, and followed no more
    std::uint32_t next_sequence_ = 0;
    std::uint64_t session_ = 0;  // counts them: what an older one is answered does not count
    std::int64_t session_until_ms_ = 0;
    std::int64_t not_before_ms_ = INT64_MIN / 2;
    bool is_wary_ = false;                    // the last session broke, or brought what does not hold
    bool is_doubtful_ = false;                // so does this one
    bool is_failing_ = false;                 // the last answer was none
    int asking_ = 0;                          // requests on their way
    std::shared_ptr<ReplicaFetcher*> alive_;  // what answers that come later find it by
};

}  // namespace weir::replication
