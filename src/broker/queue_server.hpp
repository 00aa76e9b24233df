// The queue logs that this node leads, asked by other nodes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/time.hpp"
#include "broker/queue_wire.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::broker {

struct QueueServerOptions {
    std::size_t reply_bytes = std::size_t{1} << 20;  // of events, before the next ones wait for another call
    std::int64_t hold_ms = 1000;                     // how long a call waits for events
    std::int64_t silence_ms = 10'000;                // a session whose events nobody asks for so long is over
    std::int64_t tick_ms = 250;
};

// A node that asks has one session here; a new one ends the one before. What its holders held goes back to
// the queues when it ends.
//
// Only on the executor, where requests come in; the shards' answers may come from any thread.
class QueueServer {
  public:
    using Answer = std::function<void(Result<Bytes>)>;
    // Null: this node does not lead that log by that epoch.
    using FindLeader = std::function<std::shared_ptr<queue::QueueLeader>(PartitionId, LeaderEpoch)>;

    QueueServer(const QueueServerOptions& options, runtime::TimedExecutor& executor, const Clock& clock,
                FindLeader find_leader)
        : options_(options), executor_(executor), clock_(clock), find_leader_(std::move(find_leader)) {}

    // Acknowledges that the requests are taken. Errors: corrupt, unsupported; not_found: they are of no
    // session, or something before them is missing: none is taken.
    void on_requests(NodeId from, ByteView body, const Answer& done);
    // Answers with events, or with none after a while. Errors: as above.
    void on_events_wanted(NodeId from, ByteView body, Answer done);
    // The node is lost.
    void end_session(NodeId node);
    void stop();

  private:
    class Session;
    class Doorman;
    std::shared_ptr<Session> session_for(NodeId from, std::uint64_t id, std::uint64_t sequence);
    void tick();

    const QueueServerOptions options_;
    runtime::TimedExecutor& executor_;
    const Clock& clock_;
    const FindLeader find_leader_;
    std::map<NodeId, std::shared_ptr<Session>> sessions_;
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace weir::broker
