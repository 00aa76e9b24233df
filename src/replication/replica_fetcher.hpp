// The fetching side of a pair of nodes: all partitions that this node follows at the other, in one request.
#pragma once

#include <map>
#include <memory>

#include "base/time.hpp"
#include "replication/replica.hpp"
#include "replication/transport.hpp"

namespace weir::replication {

struct FetcherOptions {
    std::int32_t max_wait_ms = 500;  // how long the leader may hold a fetch when there is nothing new
    std::int32_t min_bytes = 1;
    std::int32_t max_bytes = default_fetch_bytes;
    std::int64_t retry_ms = 200;  // before the next try, when a partition or the whole fetch has failed
};

// One request is on its way at a time. The next leaves once what the last one brought is synced, since its
// offsets say what counts; all partitions share that sync, as they share the journal. Owned by one thread.
class ReplicaFetcher {
  public:
    ReplicaFetcher(NodeId self, BrokerEpoch broker_epoch, NodeId leader, Transport& transport, Clock& clock,
                   const FetcherOptions& options);

    // The replica follows (or no longer follows) at this leader; it must outlive its stay.
    void add(const log::LogKey& key, Replica& replica);
    void remove(const log::LogKey& key);
    bool empty() const { return partitions_.empty(); }

    // Fetches if the time has come. Call after add(), after on_commit() of a replica, and when wake_ms() is
    // due.
    void poll();
    // When to call poll() again even if nothing happens, in the clock's monotonic milliseconds; nothing: not
    // needed.
    std::optional<std::int64_t> wake_ms() const;

  private:
    struct Partition {
        Replica* replica = nullptr;
        std::int64_t not_before_ms = INT64_MIN / 2;
    };
    using Asked = std::vector<FetchedPartition>;

    bool is_syncing() const;
    Asked ready();
    void on_answer(const Asked& asked, const Result<Bytes>& answer);
    void take(const FetchedPartition& asked, const FetchedReply& reply);
    void pause(const Asked& asked);
    void tell_failure(std::string_view why);

    const NodeId self_;
    const BrokerEpoch broker_epoch_;
    const NodeId leader_;
    Transport& transport_;
    Clock& clock_;
    const FetcherOptions options_;
    std::map<log::LogKey, Partition> partitions_;
    log::LogKey first_;  // whose turn it is to be asked for first: the reply's bytes may not do for all
    bool asking_ = false;
    bool is_failing_ = false;
    std::shared_ptr<ReplicaFetcher*> alive_;  // what answers that come later find it by
};

}  // namespace weir::replication
