// An attempt is the time with one leader; between two, requests wait and holders wait to be attached.
#include "broker/queue/queue_place.hpp"

namespace weir::queue {

// Hands on what one attempt's leader has for a holder.
class QueuePlace::Relay final : public Receiver {
  public:
    Relay(std::weak_ptr<QueuePlace> place, std::uint64_t attempt, std::shared_ptr<Receiver> receiver)
        : place_(std::move(place)), attempt_(attempt), receiver_(std::move(receiver)) {}

    void on_arrivals(std::vector<Arrival> arrivals) override {
        const auto place = place_.lock();
        if (place && place->is_current(attempt_)) receiver_->on_arrivals(std::move(arrivals));
    }
    void on_notice(const Notice& notice) override {
        const auto place = place_.lock();
        if (!place || !place->is_current(attempt_)) return;
        if (notice.kind == Notice::Kind::queue_gone) place->forget(notice.consumer, notice.holder);
        receiver_->on_notice(notice);
    }
    void on_lost(const Error& why) override {
        if (const auto place = place_.lock()) place->lost(attempt_, why);
    }

  private:
    const std::weak_ptr<QueuePlace> place_;
    const std::uint64_t attempt_;
    const std::shared_ptr<Receiver> receiver_;
};

template <class Action>
void QueuePlace::with_lock(const Action& action) {
    Calls calls;
    {
        const std::lock_guard lock(mutex_);
        action(calls);
        go_on(calls);
    }
    for (auto& call : calls) call();
}

// ---- what doors ask

void QueuePlace::add(RequestPtr request, QueueLeader::Done done) {
    with_lock([&](Calls&) {
        if (const auto* cancel = std::get_if<CancelRequest>(&*request)) {
            const auto holder = holders_.find(cancel->holder);
            if (holder != holders_.end()) holder->second.consumers.erase(cancel->consumer);
        }
        const auto number = next_number_++;
        auto& waiting = waiting_[number];
        waiting = {std::move(request), std::move(done), clock_.monotonic_ms() + options_.patience_ms};
        if (is_serving()) ask_leader(number, waiting);
    });
}

void QueuePlace::attach(HolderId id, std::uint64_t window, std::shared_ptr<Receiver> receiver) {
    with_lock([&](Calls&) {
        auto& holder = holders_[id];
        holder.window = window;
        if (receiver) holder.receiver = std::move(receiver);
        if (is_serving()) attach_to_leader(id, {holder.receiver, window, {}});
    });
}

void QueuePlace::grant(QueueId queue, ConsumerId consumer, std::uint64_t more) {
    with_lock([&](Calls&) {
        if (!is_serving()) return;  // the next leader begins with all of it
        leader_->ask(std::make_shared<const ShardRequest>(GrantRequest{queue, consumer, more}),
                     [](auto&&) {});
    });
}

void QueuePlace::close(HolderId holder, std::function<void()> done) {
    bool is_attached = false;
    with_lock([&](Calls&) { is_attached = holders_.erase(holder) > 0 && is_serving(); });
    if (!is_attached) return done();
    ask(CloseRequest{holder}, Done<Answer>{[done = std::move(done)](auto&&) { done(); }});
}

void QueuePlace::on_new_leader() {
    with_lock([&](Calls& calls) {
        next_attempt_ms_ = 0;
        end_attempt({Errc::not_leader, "another node leads the queues' log"}, calls);
    });
}

// ---- with a leader

void QueuePlace::ask_leader(std::uint64_t number, Waiting& waiting) {
    waiting.is_asked = true;
    ++asked_;
    leader_->ask(waiting.request,
                 [weak = weak_from_this(), attempt = attempt_, number](Result<ShardReply> reply) {
                     if (const auto place = weak.lock()) place->answered(attempt, number, std::move(reply));
                 });
}

void QueuePlace::attach_to_leader(HolderId id, const Holder& holder) {
    const auto on_error = [weak = weak_from_this(), attempt = attempt_](const Result<ShardReply>& reply) {
        const auto place = weak.lock();
        if (!reply && place) place->lost(attempt, reply.error());
    };
    AttachRequest attach{id, holder.window, nullptr};
    if (holder.receiver)
        attach.receiver = std::make_shared<Relay>(weak_from_this(), attempt_, holder.receiver);
    leader_->ask(std::make_shared<const ShardRequest>(std::move(attach)), on_error);
    for (const auto& [consumer, consume] : holder.consumers) {
        leader_->ask(std::make_shared<const ShardRequest>(SubscribeRequest{consume}),
                     [weak = weak_from_this(), attempt = attempt_, consume](const Result<ShardReply>& reply) {
                         if (const auto place = weak.lock()) place->subscribed(attempt, consume, reply);
                     });
    }
}

// A consumer of before, by this leader: its queue may have gone, or be another's alone by now.
void QueuePlace::subscribed(std::uint64_t attempt, const ConsumeRequest& consume,
                            const Result<ShardReply>& reply) {
    if (!reply) return lost(attempt, reply.error());
    const auto answer = std::get<Answer>(*reply);
    if (answer == Answer::done || answer == Answer::already_exists) return;
    std::shared_ptr<Receiver> receiver;
    with_lock([&](Calls&) {
        const auto at = holders_.find(consume.consumer.holder);
        if (attempt != attempt_ || at == holders_.end()) return;
        if (at->second.consumers.erase(consume.consumer.id) > 0) receiver = at->second.receiver;
    });
    if (receiver)
        receiver->on_notice(
            {Notice::Kind::queue_gone, consume.consumer.id, consume.consumer.holder, consume.queue});
}

void QueuePlace::answered(std::uint64_t attempt, std::uint64_t number, Result<ShardReply> reply) {
    with_lock([&](Calls& calls) {
        auto at = waiting_.find(number);
        if (attempt != attempt_ || at == waiting_.end() || !at->second.is_asked) return;
        const auto code = reply ? Errc::internal : reply.error().code;
        if (code == Errc::not_leader || code == Errc::unavailable) {
            at->second.is_asked = false;
            --asked_;
            return end_attempt(reply.error(), calls);
        }
        if (code == Errc::outcome_unknown) {
            end_attempt(reply.error(), calls);
            if (auto outcome = outcome_of_loss(at->second)) return drop(at, std::move(*outcome), calls);
            at->second.is_asked = false;
            --asked_;
            return;
        }
        if (reply) note_subscription(*at->second.request, *reply);
        drop(at, std::move(reply), calls);
    });
}

void QueuePlace::note_subscription(const ShardRequest& request, const ShardReply& reply) {
    const auto* subscribe = std::get_if<SubscribeRequest>(&request);
    if (subscribe == nullptr || std::get<Answer>(reply) != Answer::done) return;
    const auto& consumer = subscribe->consume.consumer;
    const auto holder = holders_.find(consumer.holder);
    if (holder != holders_.end()) holder->second.consumers[consumer.id] = subscribe->consume;
}

void QueuePlace::drop(std::map<std::uint64_t, Waiting>::iterator& at, Result<ShardReply> outcome,
                      Calls& calls) {
    if (at->second.is_asked) --asked_;
    calls.push_back([done = std::move(at->second.done), outcome = std::move(outcome)]() mutable {
        done(std::move(outcome));
    });
    at = waiting_.erase(at);
}

void QueuePlace::forget(ConsumerId consumer, HolderId holder) {
    const std::lock_guard lock(mutex_);
    const auto at = holders_.find(holder);
    if (at != holders_.end()) at->second.consumers.erase(consumer);
}

// ---- between two leaders

void QueuePlace::lost(std::uint64_t attempt, const Error& why) {
    with_lock([&](Calls& calls) {
        if (attempt == attempt_) end_attempt(why, calls);
    });
}

void QueuePlace::end_attempt(const Error& why, Calls& calls) {
    if (!is_serving()) return;
    is_ending_ = true;
    serving_ = 0;
    ends_ms_ = clock_.monotonic_ms() + options_.abandon_ms;
    for (const auto& [id, holder] : holders_) {
        if (holder.receiver) calls.push_back([receiver = holder.receiver, why] { receiver->on_lost(why); });
    }
}

void QueuePlace::go_on(Calls& calls) {
    if (is_ending_ && !finish_attempt(calls)) return look_later();
    if (leader_ || (waiting_.empty() && holders_.empty())) return;
    if (clock_.monotonic_ms() >= next_attempt_ms_) begin_attempt();
    if (!leader_) look_later();
}

// Once all that was asked is answered, or has been waited for long enough.
bool QueuePlace::finish_attempt(Calls& calls) {
    if (asked_ > 0 && clock_.monotonic_ms() < ends_ms_) return false;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (auto outcome = outcome_of_loss(at->second)) {
            drop(at, std::move(*outcome), calls);
        } else {
            (at++)->second.is_asked = false;
        }
    }
    asked_ = 0;
    leader_.reset();
    is_ending_ = false;
    return true;
}

std::optional<Result<ShardReply>> QueuePlace::outcome_of_loss(const Waiting& waiting) const {
    const Error unknown{waiting.is_asked ? Errc::outcome_unknown : Errc::not_leader,
                        "the node that led the queues' log was lost"};
    const auto holder_is_gone = [&](HolderId holder) -> std::optional<Result<ShardReply>> {
        return holders_.contains(holder) ? std::nullopt : std::optional{Result<ShardReply>{unknown}};
    };
    const auto& request = *waiting.request;
    if (std::holds_alternative<EnqueueRequest>(request) || std::holds_alternative<EnqueueAllRequest>(request))
        return waiting.is_asked ? std::optional{Result<ShardReply>{unknown}} : std::nullopt;
    // What the lost leader had handed out is nobody's any more.
    if (std::holds_alternative<DispositionRequest>(request)) return Result<ShardReply>{unknown};
    if (const auto* transact = std::get_if<TransactRequest>(&request)) {
        const bool can_wait = !waiting.is_asked && transact->settlements.empty();
        return can_wait ? std::nullopt : std::optional{Result<ShardReply>{unknown}};
    }
    if (std::holds_alternative<CancelRequest>(request) || std::holds_alternative<CloseRequest>(request))
        return Result<ShardReply>{Answer::done};
    if (const auto* subscribe = std::get_if<SubscribeRequest>(&request))
        return holder_is_gone(subscribe->consume.consumer.holder);
    if (const auto* take = std::get_if<TakeRequest>(&request)) return holder_is_gone(take->holder);
    return std::nullopt;
}

void QueuePlace::begin_attempt() {
    leader_ = find_leader_();
    next_attempt_ms_ = clock_.monotonic_ms() + options_.retry_ms;
    if (!leader_) return;
    serving_ = ++attempt_;
    for (const auto& [id, holder] : holders_) attach_to_leader(id, holder);
    for (auto& [number, waiting] : waiting_) ask_leader(number, waiting);
}

// ---- time

void QueuePlace::give_up_late(Calls& calls) {
    const auto now_ms = clock_.monotonic_ms();
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->second.is_asked || now_ms < at->second.until_ms) {
            ++at;
            continue;
        }
        drop(at, Error{Errc::unavailable, "nobody leads the queues' log"}, calls);
    }
}

void QueuePlace::look_later() {
    if (std::exchange(is_looking_later_, true)) return;
    executor_.post([weak = weak_from_this()] {
        const auto place = weak.lock();
        if (!place) return;
        const std::lock_guard lock(place->mutex_);
        place->timer_ = place->executor_.run_after(place->options_.retry_ms, [weak] {
            const auto here = weak.lock();
            if (!here) return;
            here->with_lock([&](Calls& calls) {
                here->is_looking_later_ = false;
                here->give_up_late(calls);
            });
        });
    });
}

}  // namespace weir::queue
