// Messages go out: to consumers, or one by one; and what the client says of them.
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {

// Where other threads put what a queue log has for a channel.
class QueueDoor::Mailbox final : public queue::Receiver {
  public:
    Mailbox(std::shared_ptr<Link> link, queue::HolderId holder, ChannelState::Place place)
        : link_(std::move(link)), holder_(holder), place_(std::move(place)) {}

    void on_arrivals(std::vector<queue::Arrival> arrivals) override {
        Link::run(link_, [holder = holder_, arrivals = std::move(arrivals)](QueueDoor& door) mutable {
            door.on_arrivals(holder, std::move(arrivals));
        });
    }
    void on_notice(const queue::Notice& notice) override {
        if (notice.kind != queue::Notice::Kind::queue_gone) return;
        Link::run(link_, [holder = holder_, consumer = notice.consumer](QueueDoor& door) {
            door.cancelled(holder, consumer);
        });
    }
    void on_lost(const Error&) override {
        Link::run(link_, [holder = holder_, weak = place_](QueueDoor& door) {
            if (const auto place = weak.lock()) door.lost(holder, place);
        });
    }

  private:
    const std::shared_ptr<Link> link_;
    const queue::HolderId holder_;
    const std::weak_ptr<queue::QueuePlace> place_;  // which has this
};

// ---- consumers

void QueueDoor::serve(ChannelNumber number, const BasicQos& method) {
    if (method.prefetch_size != 0) {
        return machine_.fail(
            number, {ReplyCode::not_implemented, fmt::format("prefetch_size!=0 ({})", method.prefetch_size),
                     method.info.id});
    }
    auto& state = channel(number);
    if (!method.global) {
        state.prefetch = method.prefetch_count;
        return machine_.send(number, BasicQosOk{});
    }
    state.shared_prefetch = method.prefetch_count;
    for (const auto& place : state.places) place->attach(state.holder, state.shared_prefetch);
    machine_.send(number, BasicQosOk{});
    deliver_waiting(number, state);
}

void QueueDoor::serve(ChannelNumber number, const BasicConsume& method) {
    if (method.queue == direct_reply_queue) return consume_replies(number, method);
    const auto id = method.info.id;
    if (serve_stream(number, method)) return;
    if (channel(number).has_tag(method.consumer_tag)) {
        return machine_.fail(number,
                             {ReplyCode::not_allowed,
                              fmt::format("attempt to reuse consumer tag '{}'", method.consumer_tag), id});
    }
    const auto found = queue_for(number, access::Operation::read, method.queue, id);
    if (const auto* error = std::get_if<AmqpError>(&found)) return machine_.fail(number, *error);
    const auto& queue = std::get<topology::QueuePtr>(found);
    if (auto mistake = consumer_mistake(*queue, neutral(method.arguments)))
        return machine_.fail(number, {ReplyCode::precondition_failed, std::move(*mistake), id});
    consume(number, method, *queue);
}

void QueueDoor::consume(ChannelNumber number, const BasicConsume& method, const topology::Queue& queue) {
    auto& state = channel(number);
    const auto& place = queues_.place(queue.id);
    if (!place) return machine_.fail(number, failure(Errc::not_leader, method.info.id));
    const auto priority = method.arguments.find("x-priority");
    const queue::Consumer consumer{.id = queues_.new_consumer(),
                                   .holder = state.holder,
                                   .window = state.prefetch,
                                   .credit = consumer_credit,
                                   .priority = static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                       priority ? priority->as_integer().value_or(0) : 0, -1000, 1000)),
                                   .settles_at_send = method.no_ack,
                                   .exclusive = method.exclusive};
    const auto tag =
        method.consumer_tag.empty() ? generated_name("amq.ctag-") : std::string{method.consumer_tag};
    attach(state, place);
    state.consumers[tag] = {.id = consumer.id,
                            .queue = queue.id,
                            .place = place,
                            .timeout_ms = method.no_ack ? 0 : acknowledgement_timeout_ms(queue)};
    state.consumers[tag].facts = {tag, queue.name, state.prefetch, !method.no_ack, method.exclusive};
    state.tags[consumer.id] = tag;
    auto done = reply_with<queue::Answer>(
        number, method,
        [number, tag, name = queue.name, id = consumer.id, nowait = method.nowait](
            QueueDoor& door, const queue::Answer& answer) -> AnyError {
            if (answer == queue::Answer::done) {
                BasicConsumeOk ok;
                ok.consumer_tag = tag;
                if (!nowait) door.machine_.send(number, ok);
                return std::nullopt;
            }
            door.channel(number).consumers.erase(tag);
            door.channel(number).tags.erase(id);
            if (answer != queue::Answer::exclusive) return door.no_queue(name, BasicConsume::info.id);
            return AmqpError{ReplyCode::access_refused,
                             fmt::format("queue '{}' in vhost '{}' in exclusive use", name, door.host()),
                             BasicConsume::info.id};
        });
    place->ask(queue::SubscribeRequest{{queue.id, consumer}}, std::move(done));
}

// The place learns of the channel, which it is told of when that ends.
void QueueDoor::attach(ChannelState& state, const ChannelState::Place& place) {
    if (!state.places.insert(place).second) return;
    place->attach(state.holder, state.shared_prefetch, std::make_shared<Mailbox>(link_, state.holder, place));
}

void QueueDoor::serve(ChannelNumber number, const BasicCancel& method) {
    if (cancel_stream(number, method)) return;
    auto& state = channel(number);
    const auto at = state.consumers.find(method.consumer_tag);
    BasicCancelOk ok;
    ok.consumer_tag = method.consumer_tag;
    if (at == state.consumers.end()) {
        if (!method.nowait) machine_.send(number, ok);
        return;
    }
    if (state.replies && state.replies->tag == at->first) stop_replies(state);
    auto done =
        wait_for<queue::Answer>(number, [number, tag = at->first, holder = state.holder, id = at->second.id,
                                         nowait = method.nowait](QueueDoor& door, auto&&) {
            auto* still = door.find(holder);
            if (still == nullptr) return;
            auto& here = still->second;
            std::erase_if(here.waiting, [&](const queue::Arrival& arrival) {
                if (arrival.delivery.consumer != id) return false;
                if (!arrival.delivery.is_settled)
                    door.settle(here, queue::Verdict::release, arrival.delivery.message);
                return true;
            });
            here.consumers.erase(tag);
            here.tags.erase(id);
            BasicCancelOk cancelled;
            cancelled.consumer_tag = tag;
            if (!nowait) door.machine_.send(number, cancelled);
        });
    if (!at->second.place) return done(queue::Answer::done);  // of direct replies
    at->second.place->ask(queue::CancelRequest{at->second.id, state.holder}, std::move(done));
}

// By the queue's end.
void QueueDoor::cancelled(queue::HolderId holder, queue::ConsumerId consumer) {
    auto* at = find(holder);
    if (at == nullptr) return;
    if (!at->second.tags.contains(consumer)) return;
    const auto subscription = at->second.consumers.find(at->second.tags.at(consumer));
    if (const auto deletion = deletions_.find(subscription->second.queue); deletion != deletions_.end())
        return deletion->second.push_back({holder, consumer});
    const auto tag = at->second.tags.extract(consumer);
    at->second.consumers.erase(subscription);
    if (!machine_.client().capabilities().consumer_cancel_notify) return;
    BasicCancel method;
    method.consumer_tag = tag.mapped();
    method.nowait = true;
    machine_.send(at->first, method);
}

void QueueDoor::on_secret_updated() {
    update_authorizer();
    for (auto& [number, state] : channels_) cancel_forbidden(number, state);
}

// Consumers of what the user may not read any more.
void QueueDoor::cancel_forbidden(ChannelNumber number, ChannelState& state) {
    const auto may_read = [&](std::string_view queue) {
        return authorizer_->may(access::Operation::read, queue);
    };
    std::vector<ChannelState::Subscription> consumers;
    for (const auto& [tag, one] : state.consumers)
        if (one.place && !may_read(one.facts.queue)) consumers.push_back(one);
    for (const auto& one : consumers) {
        one.place->ask(queue::CancelRequest{one.id, state.holder}, [](auto&&) {});
        cancelled(state.holder, one.id);
    }
    std::vector<std::string> readers;
    for (const auto& [tag, consumer] : state.streams)
        if (!may_read(consumer->source().name)) readers.push_back(tag);
    for (const auto& tag : readers) end_stream(number, state, tag, "its user may not read it any more");
}

// ---- deliveries

void QueueDoor::on_arrivals(queue::HolderId holder, std::vector<queue::Arrival> arrivals) {
    auto* at = find(holder);
    if (at == nullptr) return;  // its end has given them back
    auto& [number, state] = *at;
    auto next = arrivals.begin();
    if (state.waiting.empty()) {
        for (; next != arrivals.end() && may_deliver(state); ++next) deliver(number, state, *next);
    }
    std::move(next, arrivals.end(), std::back_inserter(state.waiting));
    deliver_waiting(number, state);
}

bool QueueDoor::may_deliver(const ChannelState& state) {
    return machine_.accepts_deliveries() && state.has_room();
}

void QueueDoor::on_drained() {
    pump_streams();
    for (auto& [number, state] : channels_) {
        deliver_replies(number, state);
        deliver_waiting(number, state);
    }
}

void QueueDoor::deliver_waiting(ChannelNumber number, ChannelState& state) {
    while (!state.waiting.empty() && may_deliver(state)) {
        const auto arrival = std::move(state.waiting.front());
        state.waiting.pop_front();
        deliver(number, state, arrival);
    }
}

void QueueDoor::deliver(ChannelNumber number, ChannelState& state, const queue::Arrival& arrival) {
    const auto& [delivery, message] = arrival;
    const auto tag = state.tags.find(delivery.consumer);
    if (tag == state.tags.end()) {
        if (!delivery.is_settled) settle(state, queue::Verdict::release, delivery.message);
        return;
    }
    BasicDeliver method;
    method.consumer_tag = tag->second;
    method.delivery_tag = ++state.last_tag;
    method.redelivered = delivery.redelivered;
    const auto out = outgoing(delivery, message);
    method.exchange = out.exchange;
    method.routing_key = out.key;
    auto& subscription = state.consumers.at(tag->second);
    if (!delivery.is_settled)
        keep(state, method.delivery_tag,
             {.message = delivery.message, .timeout_ms = subscription.timeout_ms});
    machine_.send_content(number, method, out.properties, out.body);
    trace_delivery(number, subscription.facts.queue, method.redelivered, out);
    give_credit(subscription);
}

void QueueDoor::give_credit(ChannelState::Subscription& subscription) {
    if (!subscription.place || ++subscription.sent < consumer_credit / 2) return;
    subscription.place->grant(subscription.queue, subscription.id, std::exchange(subscription.sent, 0));
}

void QueueDoor::serve(ChannelNumber number, const BasicGet& method) {
    const auto id = method.info.id;
    if (refuse_for_stream(number, method.queue, "basic.get", id)) return;
    const auto found = queue_for(number, access::Operation::read, method.queue, id);
    if (const auto* error = std::get_if<AmqpError>(&found)) return machine_.fail(number, *error);
    const auto& queue = std::get<topology::QueuePtr>(found);
    auto& state = channel(number);
    const auto& place = queues_.place(queue->id);
    if (!place) return machine_.fail(number, failure(Errc::not_leader, id));
    attach(state, place);
    using queue::Got;
    auto done = reply_with<Got>(number, method,
                                [number, name = queue->name, timeout_ms = acknowledgement_timeout_ms(*queue)](
                                    QueueDoor& door, const Got& got) -> AnyError {
                                    if (got.reply.answer != queue::Answer::done)
                                        return door.no_queue(name, BasicGet::info.id);
                                    door.got(number, name, got, timeout_ms);
                                    return std::nullopt;
                                });
    take(place, {queue->id, state.holder, method.no_ack}, std::move(done));
}

// What is on its way to the queue by another log (a dead letter) takes two commits: who polls an empty queue
// is answered after a moment, in which such a message comes in. The channel is held meanwhile, so there is
// one at a time.
void QueueDoor::take(const ChannelState::Place& place, const queue::TakeRequest& request,
                     std::function<void(Result<queue::Got>)> done) {
    place->ask(request, [link = link_, place, request, done = std::move(done)](Result<queue::Got> got) {
        const bool is_empty = got && got->reply.answer == queue::Answer::done && !got->reply.delivery;
        if (!is_empty) return done(std::move(got));
        Link::run(link, [place, request, done](QueueDoor& door) {
            const auto ask_again = [&door, place, request, done] {
                const auto timer = door.poll_timers_.extract(request.holder);
                if (door.find(request.holder) == nullptr) return done(queue::Got{});
                place->ask(request, done);
            };
            door.poll_timers_[request.holder] =
                door.session_.reactor().run_after(door.session_.settings().empty_queue_wait_ms, ask_again);
        });
    });
}

void QueueDoor::got(ChannelNumber number, std::string_view queue, const queue::Got& got,
                    std::int64_t timeout_ms) {
    const auto& reply = got.reply;
    if (!reply.delivery) return machine_.send(number, BasicGetEmpty{});
    auto& state = channel(number);
    BasicGetOk ok;
    ok.delivery_tag = ++state.last_tag;
    ok.redelivered = reply.delivery->redelivered;
    const auto out = outgoing(*reply.delivery, got.message);
    ok.exchange = out.exchange;
    ok.routing_key = out.key;
    ok.message_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(reply.ready_left, UINT32_MAX));
    if (!reply.delivery->is_settled) {
        keep(state, ok.delivery_tag,
             {.message = reply.delivery->message, .is_consumed = false, .timeout_ms = timeout_ms});
    }
    machine_.send_content(number, ok, out.properties, out.body);
    trace_delivery(number, queue, ok.redelivered, out);
}

// ---- acknowledgements

void QueueDoor::serve(ChannelNumber number, const BasicAck& method) {
    settle(number, method.info.id, method.delivery_tag, method.multiple, queue::Verdict::accept);
}

void QueueDoor::serve(ChannelNumber number, const BasicNack& method) {
    settle(number, method.info.id, method.delivery_tag, method.multiple,
           method.requeue ? queue::Verdict::release : queue::Verdict::reject);
}

void QueueDoor::serve(ChannelNumber number, const BasicReject& method) {
    settle(number, method.info.id, method.delivery_tag, false,
           method.requeue ? queue::Verdict::release : queue::Verdict::reject);
}

void QueueDoor::settle(ChannelNumber number, MethodId method, std::uint64_t tag, bool multiple,
                       queue::Verdict verdict) {
    auto& state = channel(number);
    const auto meant = state.meant_by(tag, multiple);
    const bool is_known = (multiple && tag == 0) ||
                          (!meant.empty() && std::prev(meant.end())->first == tag) ||
                          state.stream_unacked.contains(tag);
    if (!is_known) {
        return machine_.fail(
            number, {ReplyCode::precondition_failed, fmt::format("unknown delivery tag {}", tag), method});
    }
    acknowledge_streams(state, tag, multiple);
    if (!state.transaction) return settle(number, state, verdict, meant);
    std::vector<ChannelState::Transaction::Settlement> settlements;
    for (const auto& [each, one] : meant) settlements.push_back({each, one, verdict});
    state.remove(meant);
    join_transaction(number, method, std::move(settlements));
}

void QueueDoor::settle(ChannelNumber number, ChannelState& state, queue::Verdict verdict,
                       ChannelState::UnackedRange messages) {
    for (const auto& [tag, one] : messages) settle(state, verdict, one.message);
    state.remove(messages);
    deliver_waiting(number, state);
}

void QueueDoor::release_all(ChannelNumber number) {
    auto& state = channel(number);
    settle(number, state, queue::Verdict::release, state.meant_by(0, true));
}

void QueueDoor::serve(ChannelNumber number, const BasicRecover& method) {
    if (!method.requeue)
        return machine_.fail(number, {ReplyCode::not_implemented, "requeue=false", method.info.id});
    machine_.send(number, BasicRecoverOk{});
    release_all(number);
}

void QueueDoor::serve(ChannelNumber number, const BasicRecoverAsync& method) {
    if (!method.requeue)
        return machine_.fail(number, {ReplyCode::not_implemented, "requeue=false", method.info.id});
    release_all(number);
}

}  // namespace weir::amqp
