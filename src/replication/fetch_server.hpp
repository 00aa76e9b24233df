// The serving side: answers replica fetches, and holds those for which there is nothing yet.
#pragma once

#include <functional>
#include <map>
#include <span>

#include "base/time.hpp"
#include "replication/fetch_session.hpp"
#include "replication/replica.hpp"
#include "replication/throttle.hpp"

namespace weir::replication {

struct FetchServerOptions {
    std::size_t partition_bytes = std::size_t{1} << 20;  // of one partition in one reply
    std::size_t max_sessions = 1000;                     // one for each node that fetches here
    std::int32_t max_wait_ms = 10'000;                   // whatever a follower asks for
    std::int64_t session_limit_ms = 60'000;              // a session that nobody goes on with is forgotten
};

// A reply as it is sent: its batches are ranges of segment files behind the head (or at its end, in a wary
// session).
struct OutgoingReply {
    Bytes head;
    std::vector<runtime::FileRange> batches;
};

// Owned by one thread, which also owns the replicas. Each node that fetches has one session here, and of its
// fetches at most one is held: the next one ends it.
class FetchServer {
  public:
    using Answer = std::function<void(Result<OutgoingReply>)>;
    using FindReplica = std::function<Replica*(const log::LogKey&)>;
    // Told when a fetch has moved a partition's high watermark: there may be clients to answer. Must not call
    // back.
    using OnAdvance = std::function<void(const log::LogKey&)>;

    FetchServer(FindReplica find, OnAdvance on_advance, Clock& clock, const FetchServerOptions& options)
        : find_(std::move(find)), on_advance_(std::move(on_advance)), clock_(clock), options_(options) {}

    // `peer` is who the connection belongs to, as its certificate says: nobody fetches in another's name.
    // `answer` is called once, now or later. Errors: not_authorized, limit_exceeded, and those of decoding.
    void serve(NodeId peer, ByteView request, Answer answer);
    // Something of these partitions can be fetched that could not be before, or their leader has changed, or
    // their high watermark.
    void on_change(std::span<const log::LogKey> keys);
    // Answers those that have waited long enough.
    void tick();
    // What followers that are not in sync are given of throttled partitions.
    Throttle& throttle() { return throttle_; }
    // When to call tick(); nothing if nobody waits.
    std::optional<std::int64_t> wake_ms() const;

  private:
    struct Held {
        std::int64_t until_ms = 0;
        std::size_t min_bytes = 0;
        std::size_t max_bytes = 0;
        Answer answer;
    };
    struct Follower {
        FetchSession session;
        std::int64_t heard_ms = 0;
        std::optional<Held> held;
        bool is_throttled = false;  // there is more, for which it is too early
    };
    struct Collected {
        ReplicaFetchReply reply;
        std::vector<runtime::FileRange> batches;
        Bytes read;  // batches, in a wary session
        std::size_t bytes = 0;
        bool has_news = false;  // an error or a divergence: not to be held back
    };

    Result<Follower*> follower_for(NodeId peer, const ReplicaFetchRequest& request);
    void collect(NodeId node, Follower& follower, Collected& all);
    static void add(FetchAnswer answer, bool is_wary, Collected& all);
    void collect_one(NodeId node, Follower& follower, FetchSession::Partition& partition, Collected& all);
    std::size_t room_for(NodeId node, Follower& follower, const Replica& replica, const log::LogKey& key);
    void answer(NodeId node, Follower& follower, bool at_once);

    const FindReplica find_;
    const OnAdvance on_advance_;
    Clock& clock_;
    const FetchServerOptions options_;
    Throttle throttle_;
    std::map<NodeId, Follower> followers_;
};

}  // namespace weir::replication
