// The serving side: answers replica fetches, and holds those for which there is nothing yet.
#pragma once

#include <functional>
#include <list>
#include <unordered_map>

#include "base/time.hpp"
#include "log/log_state.hpp"
#include "replication/replica.hpp"

namespace weir::replication {

struct FetchServerOptions {
    std::size_t partition_bytes = std::size_t{1} << 20;  // of one partition in one reply
    std::size_t max_waiting = 1000;     // held fetches; beyond that they are answered at once
    std::int32_t max_wait_ms = 10'000;  // whatever a follower asks for
};

// Owned by one thread, which also owns the replicas.
class FetchServer {
  public:
    using Reply = std::function<void(Result<Bytes>)>;
    using FindReplica = std::function<Replica*(const log::LogKey&)>;
    // Told when a fetch has moved a partition's high watermark: there may be clients to answer. Must not call
    // back.
    using OnAdvance = std::function<void(const log::LogKey&)>;

    FetchServer(FindReplica find, OnAdvance on_advance, Clock& clock, const FetchServerOptions& options)
        : find_(std::move(find)), on_advance_(std::move(on_advance)), clock_(clock), options_(options) {}

    // `peer` is who the connection belongs to, as its certificate says: nobody fetches in another's name.
    // `reply` is called once, now or later. Errors: not_authorized, and those of decoding.
    void serve(NodeId peer, ByteView request, Reply reply);
    // Something of the partition can be fetched that could not be before, or its leader has changed.
    void on_change(const log::LogKey& key);
    // Answers those that have waited long enough.
    void tick();
    // When to call tick(); nothing if nobody waits.
    std::optional<std::int64_t> wake_ms() const;

  private:
    struct Waiting {
        ReplicaFetchRequest request;
        std::int64_t until_ms = 0;
        Reply reply;
    };
    struct Collected {
        ReplicaFetchReply reply;
        std::vector<Bytes> batches;  // that the reply points into
        std::size_t bytes = 0;
        bool has_news = false;  // an error or a divergence: not to be held back
    };

    Collected collect(const ReplicaFetchRequest& request);
    void collect_one(const ReplicaFetchRequest& request, const FetchedPartition& fetch, Collected& all);
    static bool is_enough(const ReplicaFetchRequest& request, const Collected& collected);

    const FindReplica find_;
    const OnAdvance on_advance_;
    Clock& clock_;
    const FetchServerOptions options_;
    std::list<Waiting> waiting_;
};

}  // namespace weir::replication
