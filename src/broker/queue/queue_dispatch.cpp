// One queue after the other: drops what has expired or is too much, and hands out what can be.
#include <algorithm>

#include "broker/queue/queue_machine.hpp"

namespace weir::queue {

void QueueMachine::touch(Queue& queue) {
    if (queue.is_touched) return;
    queue.is_touched = true;
    touched_.push_back(queue.id);
}

bool QueueMachine::dispatch(std::int64_t now_ms, Effects& effects) {
    std::size_t left = limits_.deliveries_at_a_time;
    for (auto queues = touched_.size(); queues > 0 && left > 0; --queues) {
        Queue* queue = find_queue(touched_.front());
        touched_.pop_front();
        if (queue == nullptr) continue;
        queue->is_touched = false;
        const auto most = std::min(left, limits_.deliveries_of_a_queue);
        const auto done = serve(*queue, now_ms, most, effects);
        left -= done;
        if (done == most) touch(*queue);
    }
    return touched_.empty();
}

// Returns how many messages it was busy with.
std::size_t QueueMachine::serve(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects) {
    std::size_t done = drop_expired(queue, now_ms, most, effects);
    done += hand_out(queue, now_ms, most - done, effects);
    const bool goes_on = queue.is_touched;  // consumers' turn is not over
    if (!goes_on) done += drop_overflow(queue, now_ms, most - done, effects);
    done += drop_unwanted(queue, most - done, effects);
    trim(queue, now_ms, effects);
    arm_head(queue);
    queue.rest();
    return done;
}

std::size_t QueueMachine::hand_out(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects) {
    std::size_t done = 0;
    while (done < most && queue.ready_count() > 0) {
        const std::size_t turn = queue.activity ? queue.activity->turn : 0;
        Consumer* consumer = next_consumer(queue, effects);
        if (consumer == nullptr) break;
        const auto sequence = queue.deliverable();
        if (sequence) ++done;
        if (sequence && !is_expired(queue, *sequence, now_ms)) {
            effects.deliveries.push_back(
                deliver(queue, *sequence, consumer, consumer->holder, consumer->settles_at_send, effects));
            continue;
        }
        queue.activity->turn = turn;
        if (!sequence) break;
        retire(queue, *sequence, Reason::expired, effects);
        if (queue.config->key_ordered) {  // the next of its key may be older than what follows
            touch(queue);
            break;
        }
    }
    return done;
}

bool QueueMachine::is_expired(const Queue& queue, Sequence sequence, std::int64_t now_ms) {
    const auto expires_ms = queue.entry(sequence).expires_ms;
    // It was offered when it came; coming back it has no time left.
    if (expires_ms == expires_at_once) return queue.was_delivered(sequence);
    return expires_ms >= 0 && expires_ms <= now_ms;
}

// Only as far as the oldest message of each lane has expired: those behind it wait for their turn.
template <class Test>
std::size_t QueueMachine::drop_heads(Queue& queue, std::size_t most, Effects& effects, Test has_expired) {
    std::size_t done = 0;
    queue.for_each_lane([&](std::uint8_t priority, Lane& lane) {
        while (done < most) {
            const auto sequence = queue.oldest_of(priority, lane);
            if (!sequence || !has_expired(*sequence)) return;
            retire(queue, *sequence, Reason::expired, effects);
            ++done;
        }
    });
    return done;
}

std::size_t QueueMachine::drop_expired(Queue& queue, std::int64_t now_ms, std::size_t most,
                                       Effects& effects) {
    return drop_heads(queue, most, effects,
                      [&](Sequence sequence) { return is_expired(queue, sequence, now_ms); });
}

// What was offered, had no time, and found nobody.
std::size_t QueueMachine::drop_unwanted(Queue& queue, std::size_t most, Effects& effects) {
    return drop_heads(queue, most, effects,
                      [&](Sequence sequence) { return queue.entry(sequence).expires_ms == expires_at_once; });
}

// After consumers had their turn: what one of them takes at once was never one too many.
std::size_t QueueMachine::drop_overflow(Queue& queue, std::int64_t now_ms, std::size_t most,
                                        Effects& effects) {
    const auto& config = *queue.config;
    if (config.overflow != Overflow::drop_head) return 0;
    const auto is_too_long = [&] {
        return (config.max_length >= 0 &&
                queue.ready_count() > static_cast<std::uint64_t>(config.max_length)) ||
               (config.max_bytes >= 0 && queue.ready_bytes() > static_cast<std::uint64_t>(config.max_bytes));
    };
    std::size_t done = is_too_long() ? drop_expired(queue, now_ms, most, effects) : 0;
    while (done < most && is_too_long()) {
        const auto oldest = queue.oldest();
        if (!oldest) break;
        retire(queue, *oldest, Reason::max_length, effects);
        ++done;
    }
    return done;
}

// ---- time

void QueueMachine::arm_head(Queue& queue) {
    std::int64_t next_ms = never_ms;
    queue.for_each_lane([&](std::uint8_t priority, Lane& lane) {
        const auto sequence = queue.oldest_of(priority, lane);
        const auto expires_ms = sequence ? lane.index.at(sequence->number()).expires_ms : -1;
        if (expires_ms >= 0) next_ms = std::min(next_ms, expires_ms);
    });
    if (next_ms >= queue.head_deadline_ms) return;  // an earlier look finds the true deadline
    queue.head_deadline_ms = next_ms;
    deadlines_.add(next_ms, DeadlineKind::head, queue.id.value);
}

// Kept messages go block by block, from the lowest number on.
void QueueMachine::trim(Queue& queue, std::int64_t now_ms, Effects& effects) {
    const auto& config = *queue.config;
    if (!config.retains()) return;
    auto kept_bytes = static_cast<std::int64_t>(queue.kept_bytes);
    std::int64_t next_ms = never_ms;
    queue.for_each_lane([&](std::uint8_t priority, const Lane& lane) {
        const auto first = lane.index.first_kept();
        auto number = first;
        while (number < lane.settle.floor()) {
            const auto block = MessageIndex::block_entries;
            const auto end = std::min((number / block + 1) * block, lane.end());
            if (end > lane.settle.floor()) break;
            const auto old_ms = lane.index.block_time_ms(number) + config.retention_ms;
            const bool is_old = config.retention_ms >= 0 && old_ms <= now_ms;
            const bool is_much = config.retention_bytes >= 0 && kept_bytes > config.retention_bytes;
            if (!is_old && config.retention_ms >= 0) next_ms = std::min(next_ms, old_ms);
            if (!is_old && !is_much) break;
            for (; number < end; ++number)
                kept_bytes -= static_cast<std::int64_t>(lane.index.at(number).bytes);
        }
        if (number > first) effects.records.emplace_back(TrimRecord{queue.id, Sequence(priority, number)});
    });
    if (next_ms >= queue.retention_deadline_ms) return;
    queue.retention_deadline_ms = next_ms;
    deadlines_.add(next_ms, DeadlineKind::retention, queue.id.value);
}

void QueueMachine::on_time(std::int64_t now_ms, Effects& effects) {
    for (auto left = limits_.deliveries_at_a_time; left > 0 && deadlines_.next_ms() <= now_ms; --left) {
        on_deadline(deadlines_.take(), now_ms, effects);
    }
}

void QueueMachine::on_deadline(const Deadlines::Deadline& deadline, std::int64_t now_ms, Effects& effects) {
    if (deadline.kind() == DeadlineKind::delayed) {
        const auto at = delayed_.find(static_cast<std::int64_t>(deadline.id()));
        if (at == delayed_.end() || at->second.is_firing) return;
        at->second.is_firing = true;
        effects.records.emplace_back(FireRecord{Offset{at->first}});
        return;
    }
    Queue* queue = find_queue(QueueId{deadline.id()});
    if (queue == nullptr) return;
    switch (deadline.kind()) {
        case DeadlineKind::head: queue->head_deadline_ms = never_ms; break;
        case DeadlineKind::retention: queue->retention_deadline_ms = never_ms; break;
        case DeadlineKind::lease: return check_lease(*queue, now_ms, effects);
        case DeadlineKind::deferred: {
            const Sequence sequence{deadline.sequence};
            const Lane* lane = queue->find_lane(sequence.lane());
            const auto* attempts = lane ? lane->settle.attempts(sequence.number()) : nullptr;
            if (attempts && attempts->not_before_ms <= now_ms) queue->undefer(sequence);
            break;
        }
        case DeadlineKind::delayed: break;
    }
    touch(*queue);
}

void QueueMachine::check_lease(Queue& queue, std::int64_t now_ms, Effects& effects) {
    const auto expires_ms = queue.config->expires_ms;
    if (expires_ms < 0 || queue.has_consumers()) return;  // the last consumer's leaving begins a new one
    const auto end_ms = queue.last_used_ms + expires_ms;
    if (end_ms <= now_ms) return add_delete(queue, effects);
    deadlines_.add(end_ms, DeadlineKind::lease, queue.id.value);
}

void QueueMachine::note_delivered(Effects& effects) {
    for (const QueueId id : std::exchange(to_note_, {})) {
        const Queue* queue = find(id);
        if (queue == nullptr) continue;
        queue->for_each_lane([&](std::uint8_t priority, const Lane& lane) {
            const auto next = lane.cursor ? lane.cursor->next : 0;
            if (next <= lane.settle.delivered_mark()) return;
            effects.records.emplace_back(DeliveredRecord{id, Sequence(priority, next)});
        });
    }
}

}  // namespace weir::queue
