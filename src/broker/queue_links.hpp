// The queue logs that other nodes lead, asked over the network.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>

#include "base/random.hpp"
#include "broker/queue_wire.hpp"
#include "cluster/peers.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::broker {

struct QueueLinkOptions {
    std::size_t batch_bytes = std::size_t{1} << 20;  // of requests, before another message is begun
    std::size_t max_unacknowledged_bytes = std::size_t{16} << 20;  // of messages
    std::int64_t timeout_ms = 5000;  // of a message; the node holds none longer than a second
};

// With each node that is asked there is a session: requests go there in order, and one call at a time brings
// what has become of them and what arrives for holders. When the session breaks, all that it had is lost, on
// both sides.
//
// leader() and what it gives are safe from any thread; the rest only on the executor, where the peers live,
// too. Must outlive the executor's thread.
class QueueLinks {
  public:
    QueueLinks(const QueueLinkOptions& options, cluster::Peers& peers, runtime::TimedExecutor& executor,
               Random& random)
        : options_(options), peers_(peers), executor_(executor), random_(random) {}

    // A leader of that log by that epoch, for one attempt of a place.
    std::shared_ptr<queue::QueueLeader> leader(NodeId node, PartitionId partition, LeaderEpoch epoch);
    void set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue);
    // Breaks all sessions, and every later request. From any thread.
    void stop();

  private:
    class Remote;
    struct Attempt {
        NodeId node;
        PartitionId partition;
        LeaderEpoch epoch;
        std::uint64_t number = 0;
        bool is_over = false;  // of the executor
    };
    using AttemptPtr = std::shared_ptr<Attempt>;
    struct Asked {
        AttemptPtr attempt;
        queue::QueueLeader::Done done;
    };
    struct Unsent {
        std::uint64_t number = 0;
        AttemptPtr attempt;
        queue::RequestPtr request;
    };
    struct Listener {
        AttemptPtr attempt;
        std::shared_ptr<queue::Receiver> receiver;
    };
    struct Session {
        std::uint64_t id = 0;  // 0: none
        std::uint64_t sequence = 0;
        std::uint64_t last_number = 0;
        std::deque<Unsent> unsent;
        std::map<std::uint64_t, Asked> asked;
        std::map<std::pair<std::uint64_t, queue::HolderId>, Listener> listeners;  // by attempt
        std::size_t unacknowledged_bytes = 0;
        bool is_flushing = false;
    };

    void add(const AttemptPtr& attempt, queue::RequestPtr request, queue::QueueLeader::Done done);
    static void note(Session& session, const AttemptPtr& attempt, const queue::ShardRequest& request);
    void flush_later(NodeId node);
    void flush(NodeId node);
    void send_batch(NodeId node, Session& session);
    void listen(NodeId node);
    void on_events(NodeId node, const std::shared_ptr<rpc::Frame>& frame);
    void on_event(Session& session, AnswerEvent& event);
    void on_event(Session& session, ArrivalsEvent& event);
    void on_event(Session& session, NoticeEvent& event);
    void on_event(Session& session, LostEvent& event);
    // `refused`: those of these numbers on that were sent have not been looked at, either.
    void break_session(NodeId node, std::uint64_t refused, const Error& why);

    const QueueLinkOptions options_;
    cluster::Peers& peers_;
    runtime::TimedExecutor& executor_;
    Random& random_;
    std::map<NodeId, Session> sessions_;
    std::atomic<std::uint64_t> last_attempt_{0};
    bool stopped_ = false;
};

}  // namespace weir::broker
