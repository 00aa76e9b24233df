// Messages come in: what is full, what was there before, what waits for its time.
#include <algorithm>

#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

bool is_valid(const PublishRequest& request, std::int64_t now_ms) {
    return request.content_bytes <= max_content_bytes && request.targets.size() <= max_targets &&
           request.message_id.size() <= max_message_id_bytes && request.ttl_ms >= -1 &&
           request.ttl_ms < INT64_MAX && request.deliver_at_ms >= -1 &&
           request.deliver_at_ms - std::max<std::int64_t>(now_ms, 0) <= max_delay_ms;
}

bool is_valid(const ReferRequest& request) {
    return request.history.size() <= max_deaths && request.targets.size() <= max_targets &&
           request.exchange.size() <= max_referred_name_bytes &&
           request.key.value_or("").size() <= max_referred_name_bytes;
}

template <class Ids>
Ids sorted(Ids ids) {
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
}

}  // namespace

// FNV-1a.
std::uint64_t group_of(std::string_view key) {
    if (key.empty()) return 0;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    return std::max<std::uint64_t>(hash, 1);
}

// What consumers will take once it is committed leaves room already.
bool QueueMachine::is_full(const Queue& queue, std::uint64_t more_bytes) const {
    const auto& config = *queue.config;
    const auto holds = [&](std::uint64_t count, std::uint64_t bytes) {
        return (config.max_length < 0 || count < static_cast<std::uint64_t>(config.max_length)) &&
               (config.max_bytes < 0 || bytes + more_bytes <= static_cast<std::uint64_t>(config.max_bytes));
    };
    if (holds(queue.ready_count(), queue.ready_bytes())) return false;
    const auto left = ready_behind_consumers(queue);
    return !holds(left, left == 0 ? 0 : queue.ready_bytes());
}

PublishReply QueueMachine::publish(const PublishRequest& request, std::int64_t now_ms, Effects& effects) {
    PublishReply reply;
    if (!is_valid(request, now_ms)) {
        reply.answer = Answer::invalid;
        return reply;
    }
    PublishRecord record{.ttl_ms = request.ttl_ms,
                         .priority = request.priority,
                         .group = group_of(request.group_key),
                         .message_id = request.message_id};
    if (request.deliver_at_ms > now_ms) record.deliver_at_ms = request.deliver_at_ms;
    bool is_id_needed = false;
    const bool is_one = request.targets.size() == 1;
    const auto targets = is_one ? QueueIds{} : sorted(request.targets);
    for (const QueueId id : is_one ? request.targets : targets) {
        const Queue* queue = find(id);
        if (queue == nullptr) continue;
        const auto& config = *queue->config;
        if (queue->is_subscription()) {
            reply.refused.push_back(id);
            continue;
        }
        is_id_needed |= config.dedup_window_ms >= 0;
        if (queue->dedup && queue->dedup->contains(request.message_id, now_ms, config.dedup_window_ms)) {
            reply.had_it.push_back(id);
            continue;
        }
        const bool refuses = record.deliver_at_ms < 0 && config.overflow != Overflow::drop_head &&
                             is_full(*queue, request.content_bytes);
        if (refuses) reply.refused.push_back(id);
        const bool dies = config.overflow == Overflow::reject_and_dead_letter && config.dead_letter_target;
        if (!refuses || dies) record.targets.push_back({id, refuses});
    }
    if (!is_id_needed) record.message_id.clear();
    reply.is_written = !record.targets.empty();
    if (reply.is_written) effects.records.emplace_back(std::move(record));
    return reply;
}

Answer QueueMachine::cancel_delayed(Offset content, Effects& effects) {
    const auto at = delayed_.find(content.value);
    if (at == delayed_.end() || at->second.is_firing) return Answer::no_such_message;
    at->second.is_firing = true;
    effects.records.emplace_back(CancelRecord{content});
    return Answer::done;
}

Answer QueueMachine::refer(const ReferRequest& request, Effects& effects) {
    Queue* source = find_queue(request.source.queue);
    if (source == nullptr) return Answer::no_such_queue;
    const auto sequence = request.source.sequence;
    if (!source->activity) return Answer::no_such_message;
    const auto held = source->activity->held.find(sequence.value);
    if (held == source->activity->held.end() || held->second.state != Held::State::dying) {
        return Answer::no_such_message;
    }
    if (!is_valid(request)) return Answer::invalid;
    const auto entry = source->entry(sequence);
    auto record = referral(request, held->second.reason);
    record.source = request.source;
    record.content = entry.content();
    record.content_bytes = entry.bytes;
    if (record.group == 0) record.group = entry.group;
    held->second.state = Held::State::settling;
    if (record.targets.empty()) {
        add_acknowledge(effects, source->id, record.reason, sequence);
    } else {
        effects.records.emplace_back(std::move(record));
    }
    return Answer::done;
}

Answer QueueMachine::adopt(const ReferRequest& request, Reason reason, Offset content,
                           std::uint64_t content_bytes, Effects& effects) {
    if (!is_valid(request) || content_bytes > max_content_bytes) return Answer::invalid;
    auto record = referral(request, reason);
    record.content = content;
    record.content_bytes = content_bytes;
    if (record.targets.empty()) return Answer::no_such_queue;
    effects.records.emplace_back(PublishRecord{});
    effects.records.emplace_back(std::move(record));
    return Answer::done;
}

ReferRecord QueueMachine::referral(const ReferRequest& request, Reason reason) const {
    ReferRecord record{.reason = reason,
                       .ttl_ms = request.ttl_ms,
                       .priority = request.priority,
                       .group = group_of(request.group_key),
                       .history = request.history,
                       .exchange = request.exchange,
                       .key = request.key};
    for (const QueueId id : sorted(request.targets)) {
        const Queue* target = find(id);
        if (target != nullptr && !target->is_subscription()) record.targets.push_back({id});
    }
    return record;
}

void QueueMachine::committed(Offset end, Effects& effects) {
    while (!uncommitted_.empty() && uncommitted_.front().position < end) {
        const auto message = uncommitted_.front();
        uncommitted_.pop_front();
        Queue* queue = find_queue(message.queue);
        Lane* lane = queue ? queue->find_lane(message.sequence.lane()) : nullptr;
        if (lane == nullptr) continue;
        const auto number = message.sequence.number();
        if (lane->cursor) lane->cursor->visible = std::max(lane->cursor->visible, number + 1);
        if (message.overflows && lane->is_open(number) && !queue->is_unready(message.sequence)) {
            retire(*queue, message.sequence, Reason::max_length, effects);
        }
        touch(*queue);
    }
}

}  // namespace weir::queue
