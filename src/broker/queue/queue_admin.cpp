// Queues are made, changed, emptied and removed.
#include <algorithm>

#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

// All of a subscription's messages lie in one lane and stay in their topic, which keeps what it keeps.
bool is_subscribable(const QueueConfig& config) {
    return config.max_priority == 0 && !config.retains() && !config.dead_letter_target;
}

bool is_valid(const QueueConfig& config) {
    const auto limits = {config.message_ttl_ms,     config.expires_ms,      config.max_length,
                         config.max_bytes,          config.delivery_limit,  config.retry_delay_ms,
                         config.max_retry_delay_ms, config.dedup_window_ms, config.retention_ms,
                         config.retention_bytes};
    return std::ranges::all_of(limits, [](auto limit) { return limit >= -1 && limit < INT64_MAX; }) &&
           config.expires_ms != 0 && config.definition.size() <= max_definition_bytes &&
           config.dead_letter_target.value_or("").size() <= max_dead_letter_target_bytes &&
           !(config.key_ordered && config.max_priority > 0) &&
           (!config.source_topic || is_subscribable(config));
}

}  // namespace

Answer QueueMachine::declare(QueueId queue, const std::string& name, const QueueConfig& config,
                             std::int64_t now_ms, Effects& effects) {
    if (queue.value >= queue_id_limit || name.size() > max_queue_name_bytes || !is_valid(config)) {
        return Answer::invalid;
    }
    if (find_queue(queue)) return use(queue, now_ms), Answer::already_exists;
    if (queues_.size() >= limits_.max_queues) return Answer::invalid;
    effects.records.emplace_back(DeclareRecord{queue, name, config});
    return Answer::done;
}

Answer QueueMachine::configure(QueueId id, const QueueConfig& config, Effects& effects) {
    const Queue* queue = find(id);
    if (queue == nullptr) return Answer::no_such_queue;
    const auto& old = *queue->config;
    if (!is_valid(config) || config.retains() != old.retains() || config.key_ordered != old.key_ordered ||
        config.source_topic != old.source_topic) {
        return Answer::invalid;
    }
    if (config != old) effects.records.emplace_back(ConfigureRecord{id, config});
    return Answer::done;
}

CountReply QueueMachine::remove(QueueId id, bool if_unused, bool if_empty, Effects& effects) {
    Queue* queue = find_queue(id);
    if (queue == nullptr) return {Answer::no_such_queue};
    if (if_unused && queue->has_consumers()) return {Answer::in_use};
    if (if_empty && queue->ready_count() > 0) return {Answer::not_empty};
    const auto count = queue->ready_count();
    add_delete(*queue, effects);
    return {Answer::done, count};
}

void QueueMachine::add_delete(Queue& queue, Effects& effects) {
    effects.records.emplace_back(DeleteRecord{queue.id});
    if (!queue.activity) return;
    for (const auto& consumer : queue.activity->consumers) {
        effects.notices.push_back({Notice::Kind::queue_gone, consumer.id, consumer.holder, queue.id});
    }
}

// What is not committed yet may be purged too: it is in the log.
CountReply QueueMachine::purge(QueueId id, Effects& effects) {
    Queue* queue = find_queue(id);
    if (queue == nullptr) return {Answer::no_such_queue};
    CountReply reply;
    AcknowledgeRecord record{.queue = id, .reason = Reason::purged};
    queue->for_each_lane([&](std::uint8_t priority, const Lane& lane) {
        for (auto number = lane.settle.floor(); number < lane.end(); ++number) {
            const Sequence sequence(priority, number);
            if (!lane.is_open(number) || queue->is_unready(sequence)) continue;
            auto* last = record.ranges.empty() ? nullptr : &record.ranges.back();
            if (last && last->first.value + last->count == sequence.value) {
                ++last->count;
            } else {
                record.ranges.push_back({sequence, 1});
            }
            ++reply.count;
        }
    });
    if (reply.count > 0) effects.records.emplace_back(std::move(record));
    return reply;
}

CountReply QueueMachine::move(QueueId id, std::uint64_t most, Effects& effects) {
    Queue* queue = find_queue(id);
    if (queue == nullptr) return {Answer::no_such_queue};
    if (queue->is_subscription()) return {Answer::invalid};  // what is not its own can't be given away
    CountReply reply;
    while (reply.count < most) {
        const auto sequence = queue->oldest();
        if (!sequence) break;
        retire(*queue, *sequence, Reason::moved, effects);
        ++reply.count;
    }
    return reply;
}

void QueueMachine::use(QueueId id, std::int64_t now_ms) {
    if (Queue* queue = find_queue(id)) queue->last_used_ms = now_ms;
}

}  // namespace weir::queue
