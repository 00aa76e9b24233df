// One queue log as a door sees it, wherever it is led: requests in order, holders that outlive its leaders.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "base/time.hpp"
#include "broker/queue/queue_request.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::queue {

struct PlaceOptions {
    std::int64_t retry_ms = 50;         // between two attempts to find somebody who leads
    std::int64_t abandon_ms = 1000;     // how long a leader that is one no more is waited for
    std::int64_t patience_ms = 30'000;  // how long a request waits to be asked at all
};

// Safe from any thread. Each leader is asked in the order of the calls; what one has refused (not_leader) is
// asked of the next, before all that came later. Of what was asked of a leader that was lost, nobody knows:
// a publish fails with outcome_unknown, what can be repeated is. Holders are attached to the next leader,
// with their consumers; what they held is ready again, which their receivers are told by on_lost(). A
// consumer that the next leader does not take is told that its queue is gone.
class QueuePlace : public std::enable_shared_from_this<QueuePlace> {
  public:
    template <class T>
    using Done = std::function<void(Result<T>)>;
    // Who leads at the moment: null if nobody does. A new object for each attempt; called with a lock held.
    using FindLeader = std::function<std::shared_ptr<QueueLeader>()>;

    // The executor is for timers; it must outlive the place.
    QueuePlace(const PlaceOptions& options, const Clock& clock, runtime::TimedExecutor& executor,
               FindLeader find_leader)
        : options_(options), clock_(clock), executor_(executor), find_leader_(std::move(find_leader)) {}

    // Any request but Attach, Grant and Close. `done` comes once, on any thread, perhaps within the call.
    // Errors: outcome_unknown; not_leader, unavailable (it has had no effect); the request's own.
    template <class R>
    void ask(R request, Done<typename R::Reply> done) {
        add(std::make_shared<const ShardRequest>(std::move(request)),
            [done = std::move(done)](Result<ShardReply> reply) {
                if (!reply) return done(reply.error());
                done(std::get<typename R::Reply>(std::move(*reply)));
            });
    }

    // Before a holder's first other request; again to change the window, with or without the receiver.
    void attach(HolderId holder, std::uint64_t window, std::shared_ptr<Receiver> receiver = nullptr);
    // To a consumer that is there.
    void grant(QueueId queue, ConsumerId consumer, std::uint64_t more);
    // What it holds goes back; `done` comes when that is so.
    void close(HolderId holder, std::function<void()> done);

    // Somebody else leads, or nobody.
    void on_new_leader();

  private:
    class Relay;
    struct Waiting {
        RequestPtr request;
        QueueLeader::Done done;
        std::int64_t until_ms = 0;
        bool is_asked = false;
    };
    struct Holder {
        std::shared_ptr<Receiver> receiver;
        std::uint64_t window = 0;
        std::map<ConsumerId, ConsumeRequest> consumers;  // that the leader has taken
    };
    // What is to be called once the lock is free.
    using Calls = std::vector<std::function<void()>>;

    void add(RequestPtr request, QueueLeader::Done done);
    void ask_leader(std::uint64_t number, Waiting& waiting);
    void attach_to_leader(HolderId id, const Holder& holder);
    void answered(std::uint64_t attempt, std::uint64_t number, Result<ShardReply> reply);
    void note_subscription(const ShardRequest& request, const ShardReply& reply);
    void subscribed(std::uint64_t attempt, const ConsumeRequest& consume, const Result<ShardReply>& reply);
    void lost(std::uint64_t attempt, const Error& why);
    void forget(ConsumerId consumer, HolderId holder);
    bool is_current(std::uint64_t attempt) const { return attempt == serving_; }

    bool is_serving() const { return leader_ && !is_ending_; }
    void end_attempt(const Error& why, Calls& calls);
    void go_on(Calls& calls);
    void drop(std::map<std::uint64_t, Waiting>::iterator& at, Result<ShardReply> outcome, Calls& calls);
    bool finish_attempt(Calls& calls);
    void begin_attempt();
    // What becomes of a request when its leader is lost; nothing: it is asked of the next one.
    std::optional<Result<ShardReply>> outcome_of_loss(const Waiting& waiting) const;
    void give_up_late(Calls& calls);
    void look_later();
    // Runs `action` with the lock held, goes on, and then calls whom that led to.
    template <class Action>
    void with_lock(const Action& action);

    const PlaceOptions options_;
    const Clock& clock_;
    runtime::TimedExecutor& executor_;
    const FindLeader find_leader_;

    mutable std::mutex mutex_;                  // guards what follows
    std::map<std::uint64_t, Waiting> waiting_;  // in the order of the calls
    std::uint64_t next_number_ = 0;
    std::map<HolderId, Holder> holders_;
    std::shared_ptr<QueueLeader> leader_;  // of the present attempt
    std::uint64_t attempt_ = 0;
    std::atomic<std::uint64_t> serving_ = 0;  // the attempt, or 0 once it is over; read without the lock
    bool is_ending_ = false;  // the attempt is over, some of what was asked in it is not answered yet
    std::size_t asked_ = 0;   // how much
    std::int64_t ends_ms_ = 0;
    std::int64_t next_attempt_ms_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
    bool is_looking_later_ = false;
};

}  // namespace weir::queue
