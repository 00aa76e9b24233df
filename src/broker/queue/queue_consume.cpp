// Consumers come and go, take messages, and say how they are done with them.
#include <algorithm>

#include "base/assert.hpp"
#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

constexpr int most_doublings = 40;

// The wait before try number `count`.
std::int64_t retry_delay_ms(const QueueConfig& config, std::uint32_t count) {
    if (config.retry_delay_ms <= 0) return config.retry_delay_ms;
    const auto doublings = std::min<std::uint32_t>(count - 1, most_doublings);
    const auto room = max_delay_ms >> doublings;
    const auto delay_ms = config.retry_delay_ms > room ? max_delay_ms : config.retry_delay_ms << doublings;
    return config.max_retry_delay_ms >= 0 ? std::min(delay_ms, config.max_retry_delay_ms) : delay_ms;
}

}  // namespace

void add_acknowledge(Effects& effects, QueueId queue, Reason reason, Sequence sequence) {
    auto* last = effects.records.empty() ? nullptr : std::get_if<AcknowledgeRecord>(&effects.records.back());
    if (last == nullptr || last->queue != queue || last->reason != reason) {
        effects.records.emplace_back(AcknowledgeRecord{queue, reason, {{sequence, 1}}});
    } else if (auto& range = last->ranges.back(); range.first.value + range.count == sequence.value) {
        ++range.count;
    } else {
        last->ranges.push_back({sequence, 1});
    }
}

// ---- consumers

Answer QueueMachine::consume(const ConsumeRequest& request, std::int64_t now_ms, Effects& effects) {
    Queue* queue = find_queue(request.queue);
    const auto& wanted = request.consumer;
    if (queue == nullptr) return Answer::no_such_queue;
    if (wanted.id == no_consumer || wanted.holder == no_holder) return Answer::invalid;
    if (consumers_.contains(wanted.id)) return Answer::already_exists;
    Activity& here = queue->make_activity();
    const bool is_shared = !here.consumers.empty() || queue->config->single_active_consumer;
    if ((wanted.exclusive && is_shared) || (!here.consumers.empty() && here.consumers.front().exclusive)) {
        return Answer::exclusive;
    }
    here.consumers.push_back(wanted);
    here.consumers.back().held = 0;
    consumers_.emplace(wanted.id, queue->id);
    holder(wanted.holder).queues.insert(queue->id);
    queue->last_used_ms = now_ms;
    choose_active(*queue, effects);
    touch(*queue);
    return Answer::done;
}

void QueueMachine::choose_active(Queue& queue, Effects& effects) {
    Activity& here = *queue.activity;
    if (!queue.config->single_active_consumer || here.find(here.active) || here.consumers.empty()) return;
    const auto best =
        std::ranges::max_element(here.consumers, {}, &Consumer::priority);  // the first of equals
    here.active = best->id;
    effects.notices.push_back({Notice::Kind::activated, best->id, best->holder, queue.id});
}

Answer QueueMachine::cancel(ConsumerId consumer, std::int64_t now_ms, Effects& effects) {
    const auto at = consumers_.find(consumer);
    if (at == consumers_.end()) return Answer::no_such_consumer;
    remove_consumer(*find_queue(at->second), consumer, now_ms, effects);
    return Answer::done;
}

void QueueMachine::remove_consumer(Queue& queue, ConsumerId consumer, std::int64_t now_ms, Effects& effects) {
    consumers_.erase(consumer);
    Activity& here = *queue.activity;
    const auto at = std::ranges::find(here.consumers, consumer, &Consumer::id);
    if (at - here.consumers.begin() < static_cast<std::ptrdiff_t>(here.turn)) --here.turn;
    here.consumers.erase(at);
    queue.last_used_ms = now_ms;
    if (queue.config->expires_ms >= 0) {
        deadlines_.add(now_ms + queue.config->expires_ms, DeadlineKind::lease, queue.id.value);
    }
    choose_active(queue, effects);
    touch(queue);
    if (here.consumers.empty() && queue.config->auto_delete) add_delete(queue, effects);
}

Answer QueueMachine::grant(ConsumerId consumer, std::uint64_t credit) {
    const auto at = consumers_.find(consumer);
    if (at == consumers_.end()) return Answer::no_such_consumer;
    Queue& queue = *find_queue(at->second);
    queue.activity->find(consumer)->credit = credit;
    touch(queue);
    return Answer::done;
}

void QueueMachine::set_window(HolderId id, std::uint64_t window) {
    holder(id).window = window;
    touch_all_of(id);
}

void QueueMachine::touch_all_of(HolderId id) {
    const auto at = holders_.find(id);
    if (at == holders_.end()) return;
    const auto& queues = at->second.queues;
    const auto turn = queues.upper_bound(at->second.last);
    const auto touch_one = [this](QueueId queue_id) {
        if (Queue* queue = find_queue(queue_id)) touch(*queue);
    };
    std::for_each(turn, queues.end(), touch_one);
    std::for_each(queues.begin(), turn, touch_one);
}

bool QueueMachine::is_ready(const Consumer& consumer) const {
    return room_of(consumer) > 0;
}

// How many messages it can take now.
std::uint64_t QueueMachine::room_of(const Consumer& consumer) const {
    const auto left = [](std::uint64_t window, std::uint64_t held) {
        return window == 0 ? UINT64_MAX : window - std::min(window, held);
    };
    const auto& holder = holders_.at(consumer.holder);  // whoever of them has filled its window
    const auto own = consumer.settles_at_send ? UINT64_MAX : left(consumer.window, consumer.held);
    return std::min({consumer.credit, left(holder.window, holder.held), own});
}

// How many ready messages there are beyond those that the consumers can take now.
std::uint64_t QueueMachine::ready_behind_consumers(const Queue& queue) const {
    auto ready = queue.ready_count();
    if (!queue.has_consumers()) return ready;
    const auto& here = *queue.activity;
    const bool is_single = queue.config->single_active_consumer;
    for (const auto& consumer : here.consumers) {
        if (!is_single || consumer.id == here.active) ready -= std::min(ready, room_of(consumer));
    }
    return ready;
}

// In turn among those of the highest priority that can take one.
Consumer* QueueMachine::next_consumer(Queue& queue, Effects& effects) {
    if (!queue.has_consumers()) return nullptr;
    Activity& here = *queue.activity;
    if (queue.config->single_active_consumer) {
        choose_active(queue, effects);
        Consumer* active = here.find(here.active);
        return active && is_ready(*active) ? active : nullptr;
    }
    const auto count = here.consumers.size();
    std::size_t found = count;
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = (here.turn + i) % count;
        const bool is_better = found == count || here.consumers[at].priority > here.consumers[found].priority;
        if (is_better && is_ready(here.consumers[at])) found = at;
    }
    if (found == count) return nullptr;
    here.turn = found + 1;
    return &here.consumers[found];
}

// ---- messages

GetReply QueueMachine::get(QueueId id, HolderId holder_id, bool settles_at_send, std::int64_t now_ms,
                           Effects& effects) {
    Queue* queue = find_queue(id);
    if (queue == nullptr) return {Answer::no_such_queue, {}, 0};
    queue->last_used_ms = now_ms;
    GetReply reply;
    auto sequence = queue->deliverable();
    for (; sequence && is_expired(*queue, *sequence, now_ms); sequence = queue->deliverable()) {
        retire(*queue, *sequence, Reason::expired, effects);
    }
    if (sequence) reply.delivery = deliver(*queue, *sequence, nullptr, holder_id, settles_at_send, effects);
    (void)drop_expired(*queue, now_ms, limits_.deliveries_of_a_queue, effects);  // behind it
    reply.ready_left = queue->ready_count();
    touch(*queue);
    return reply;
}

Delivery QueueMachine::deliver(Queue& queue, Sequence sequence, Consumer* consumer, HolderId holder_id,
                               bool settles, Effects& effects) {
    const auto entry = queue.entry(sequence);
    const auto* attempts = queue.lane(sequence.lane()).settle.attempts(sequence.number());
    Delivery delivery{.consumer = consumer ? consumer->id : no_consumer,
                      .holder = holder_id,
                      .message = {queue.id, sequence},
                      .position = entry.position,
                      .content = entry.content(),
                      .bytes = entry.bytes,
                      .delivery_count = attempts ? attempts->count : 0,
                      .redelivered = attempts != nullptr || queue.was_delivered(sequence),
                      .is_settled = settles,
                      .source_topic = queue.config->source_topic};
    count(queue, &QueueCounters::delivered);
    if (delivery.redelivered) count(queue, &QueueCounters::redelivered);
    Held held{.consumer = delivery.consumer, .holder = holder_id};
    if (consumer && consumer->credit != UINT64_MAX) --consumer->credit;
    if (settles) {
        held.state = Held::State::settling;
        add_acknowledge(effects, queue.id, Reason::consumed, sequence);
    } else {
        auto& here = holder(holder_id);
        here.queues.insert(queue.id);
        if (consumer) {
            ++consumer->held;
            ++here.held;
            here.last = queue.id;
        }
        to_note_.insert(queue.id);
    }
    queue.hold(sequence, held);
    return delivery;
}

// A message that was taken without a consumer was never counted.
void QueueMachine::return_credit(Queue& queue, const Held& held) {
    if (held.state != Held::State::held || held.consumer == no_consumer) return;
    if (Consumer* consumer = queue.activity->find(held.consumer)) --consumer->held;
    const auto at = holders_.find(held.holder);
    if (at == holders_.end()) return;
    --at->second.held;
    if (at->second.window != 0) touch_all_of(held.holder);
}

std::size_t QueueMachine::settle(const SettleRequest& request, std::int64_t now_ms, Effects& effects) {
    std::size_t count = 0;
    for (const auto& message : request.messages) {
        Queue* queue = find_queue(message.queue);
        if (queue == nullptr || !queue->activity) continue;
        count += settle_held(*queue, message.sequence, request, now_ms, effects) ? 1 : 0;
    }
    return count;
}

bool QueueMachine::settle_held(Queue& queue, Sequence sequence, const SettleRequest& request,
                               std::int64_t now_ms, Effects& effects) {
    const auto at = queue.activity->held.find(sequence.value);
    if (at == queue.activity->held.end() || at->second.state != Held::State::held ||
        at->second.holder != request.holder) {
        return false;
    }
    return_credit(queue, at->second);
    touch(queue);
    switch (request.verdict) {
        case Verdict::accept:
            at->second.state = Held::State::settling;
            add_acknowledge(effects, queue.id, Reason::consumed, sequence);
            break;
        case Verdict::release: release(queue, sequence, request, now_ms, effects); break;
        case Verdict::reject: retire(queue, sequence, Reason::rejected, effects); break;
    }
    return true;
}

void QueueMachine::release(Queue& queue, Sequence sequence, const SettleRequest& request, std::int64_t now_ms,
                           Effects& effects) {
    const auto& config = *queue.config;
    const auto* attempts = queue.lane(sequence.lane()).settle.attempts(sequence.number());
    const std::uint32_t tries = (attempts ? attempts->count : 0) + (request.is_attempt ? 1 : 0);
    if (request.is_attempt && config.delivery_limit >= 0 && tries > config.delivery_limit) {
        return retire(queue, sequence, Reason::delivery_limit, effects);
    }
    const auto own_delay_ms = request.is_attempt ? retry_delay_ms(config, tries) : -1;
    const auto delay_ms = std::min(request.delay_ms >= 0 ? request.delay_ms : own_delay_ms, max_delay_ms);
    const bool is_counted = request.is_attempt && config.counts();
    if (!is_counted && delay_ms <= 0) {
        queue.make_ready(sequence);
        return;
    }
    queue.hold(sequence, {.state = Held::State::releasing});
    const auto count = is_counted ? tries : attempts ? attempts->count : 0;
    effects.records.emplace_back(
        ReleaseRecord{queue.id, sequence, count, delay_ms > 0 ? now_ms + delay_ms : -1});
}

// The message can't stay: a dead letter if the queue has them, or gone.
void QueueMachine::retire(Queue& queue, Sequence sequence, Reason reason, Effects& effects) {
    if (!queue.config->dead_letter_target && reason != Reason::moved) {
        queue.hold(sequence, {.state = Held::State::settling});
        return add_acknowledge(effects, queue.id, reason, sequence);
    }
    queue.hold(sequence, {.state = Held::State::dying, .reason = reason});
    const auto entry = queue.entry(sequence);
    effects.dead_letters.push_back({.message = {queue.id, sequence},
                                    .reason = reason,
                                    .position = entry.position,
                                    .content = entry.content(),
                                    .bytes = entry.bytes,
                                    .group = entry.group});
}

void QueueMachine::close(HolderId id, std::int64_t now_ms, Effects& effects) {
    const auto at = holders_.find(id);
    if (at == holders_.end()) return;
    const auto queues = at->second.queues;
    for (const QueueId queue_id : queues) {
        Queue* queue = find_queue(queue_id);
        if (queue == nullptr || !queue->activity) continue;
        SettleRequest request{.holder = id, .verdict = Verdict::release};
        for (const auto& [sequence, held] : queue->activity->held) {
            if (held.holder == id) request.messages.push_back({queue_id, Sequence{sequence}});
        }
        std::ranges::sort(request.messages, {}, [](const Source& one) { return one.sequence; });
        const auto consumers = queue->activity->consumers;
        settle(request, now_ms, effects);
        for (const auto& consumer : consumers) {
            if (consumer.holder == id) remove_consumer(*queue, consumer.id, now_ms, effects);
        }
    }
    holders_.erase(id);
}

}  // namespace weir::queue
