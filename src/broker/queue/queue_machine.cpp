// What the log's records do to the queues.
#include "broker/queue/queue_machine.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "broker/queue/field_codec.hpp"

namespace weir::queue {
namespace {

constexpr std::size_t end_block = MessageIndex::block_entries;

std::int64_t added(std::int64_t time_ms, std::int64_t ms) {
    return ms > INT64_MAX - std::max<std::int64_t>(time_ms, 0) ? INT64_MAX - 1 : time_ms + ms;
}

// -1: none.
std::int64_t smaller(std::int64_t a, std::int64_t b) {
    if (a < 0 || b < 0) return std::max(a, b);
    return std::min(a, b);
}

Bytes encoded(const QueueConfig& config) {
    FieldWriter out;
    write(out, config);
    return out.take();
}

}  // namespace

Result<void> QueueMachine::apply(const LogRecord& record) {
    const auto decoded = decode(record.key);
    if (!decoded) return decoded.error();
    const auto* refer = std::get_if<ReferRecord>(&*decoded);
    if (refer != nullptr && refer->content >= record.position) {
        return Error{Errc::corrupt, "a queue log's record refers to one behind it"};
    }
    if (record.content_bytes > max_content_bytes) {
        return Error{Errc::corrupt, "a message of a queue log is too large"};
    }
    apply(*decoded, record.position, record.timestamp_ms, record.content_bytes);
    return {};
}

void QueueMachine::apply(const QueueRecord& record, Offset position, std::int64_t timestamp_ms,
                         std::uint64_t content_bytes) {
    const LogRecord at{position, timestamp_ms, {}, content_bytes};
    std::visit([&](const auto& known) { apply_record(known, at); }, record);
}

// ---- messages come

void QueueMachine::apply_record(const PublishRecord& record, const LogRecord& at) {
    for (const auto& target : record.targets) {
        Queue* queue = record.message_id.empty() ? nullptr : find_queue(target.queue);
        if (queue == nullptr || queue->config->dedup_window_ms < 0) continue;
        if (!queue->dedup) queue->dedup = std::make_unique<DedupWindow>();
        queue->dedup->add(record.message_id, at.timestamp_ms, queue->config->dedup_window_ms);
    }
    if (record.deliver_at_ms >= 0) return delay(record, at);
    const IndexEntry entry{.position = at.position, .bytes = at.content_bytes, .group = record.group};
    for (const auto& target : record.targets) {
        Queue* queue = find_queue(target.queue);
        if (queue) enqueue(*queue, entry, record.priority, record.ttl_ms, at, target.overflows);
    }
}

void QueueMachine::delay(const PublishRecord& record, const LogRecord& at) {
    if (record.targets.empty()) return;
    Delayed delayed{.deliver_at_ms = record.deliver_at_ms,
                    .bytes = static_cast<std::uint32_t>(at.content_bytes),
                    .priority = record.priority,
                    .target = record.targets.front().queue};
    Delayed::More more{.ttl_ms = record.ttl_ms, .group = record.group};
    for (std::size_t i = 1; i < record.targets.size(); ++i) more.targets.push_back(record.targets[i].queue);
    delayed.set(std::move(more));
    if (!delayed_.try_emplace(at.position.value, std::move(delayed)).second) return;
    use_.add({.position = at.position, .bytes = at.content_bytes});
    if (!started_) return;
    deadlines_.add(record.deliver_at_ms, DeadlineKind::delayed,
                   static_cast<std::uint64_t>(at.position.value));
}

void QueueMachine::apply_record(const FireRecord& record, const LogRecord& at) {
    const auto found = delayed_.extract(record.content.value);
    if (found.empty()) return;
    const Delayed& delayed = found.mapped();
    use_.remove({.position = record.content, .bytes = delayed.bytes});
    const auto more = delayed.rest();
    const IndexEntry entry{.position = record.content, .bytes = delayed.bytes, .group = more.group};
    const auto into = [&](QueueId target) {
        Queue* queue = find_queue(target);
        if (queue) enqueue(*queue, entry, delayed.priority, more.ttl_ms, at, false);
    };
    into(delayed.target);
    std::ranges::for_each(more.targets, into);
}

void QueueMachine::apply_record(const CancelRecord& record, const LogRecord&) {
    const auto found = delayed_.extract(record.content.value);
    if (!found.empty()) use_.remove({.position = record.content, .bytes = found.mapped().bytes});
}

void QueueMachine::apply_record(const ReferRecord& record, const LogRecord& at) {
    const IndexEntry entry{.position = at.position,
                           .bytes = record.content_bytes,
                           .content_back = static_cast<std::uint64_t>(at.position - record.content),
                           .group = record.group};
    for (const auto& target : record.targets) {
        Queue* queue = find_queue(target.queue);
        if (queue) enqueue(*queue, entry, record.priority, record.ttl_ms, at, target.overflows);
    }
    Queue* source = record.source ? find_queue(record.source->queue) : nullptr;
    Lane* lane = source ? source->find_lane(record.source->sequence.lane()) : nullptr;
    if (lane == nullptr) return;
    settle_one(*source, *lane, record.source->sequence);
    if (started_) touch(*source);
}

void QueueMachine::enqueue(Queue& queue, IndexEntry entry, std::uint8_t priority, std::int64_t ttl_ms,
                           const LogRecord& at, bool overflows) {
    priority = std::min(priority, queue.config->max_priority);
    ttl_ms = smaller(ttl_ms, queue.config->message_ttl_ms);
    if (ttl_ms >= 0) entry.expires_ms = ttl_ms == 0 ? expires_at_once : added(at.timestamp_ms, ttl_ms);
    if (!queue.config->key_ordered) entry.group = 0;
    Lane& lane = queue.make_lane(priority);
    if (started_) lane.make_cursor();
    const Sequence sequence(priority, lane.index.append(entry, at.timestamp_ms));
    ++queue.open_count;
    queue.open_bytes += entry.bytes;
    count_use(queue, entry);
    if (!started_) return;
    uncommitted_.push_back({at.position, queue.id, sequence, overflows});
    if (!overflows) count(queue, &QueueCounters::published);
}

void QueueMachine::count(Queue& queue, std::uint64_t QueueCounters::* what, std::uint64_t more) {
    queue.counters.*what += more;
    counters_.*what += more;
}

// ---- messages go

void QueueMachine::apply_record(const AcknowledgeRecord& record, const LogRecord&) {
    Queue* queue = find_queue(record.queue);
    if (queue == nullptr) return;
    const auto open_before = queue->open_count;
    for (const auto& range : record.ranges) {
        Lane* lane = queue->find_lane(range.first.lane());
        if (lane == nullptr) continue;
        const auto first = std::max(range.first.number(), lane->settle.floor());
        const auto end = std::min(range.first.number() + range.count, lane->end());
        for (auto number = first; number < end; ++number) {
            settle_one(*queue, *lane, Sequence(range.first.lane(), number));
        }
    }
    if (!started_) return;
    if (record.reason == Reason::consumed)
        count(*queue, &QueueCounters::acknowledged, open_before - queue->open_count);
    touch(*queue);
}

void QueueMachine::settle_one(Queue& queue, Lane& lane, Sequence sequence) {
    const auto number = sequence.number();
    if (!lane.is_open(number)) return;
    const auto entry = lane.index.at(number);
    if (started_) {
        if (queue.activity) {
            const auto held = queue.activity->held.find(sequence.value);
            if (held != queue.activity->held.end()) return_credit(queue, held->second);
        }
        queue.forget(sequence, entry);
    }
    lane.settle.settle(number);
    --queue.open_count;
    queue.open_bytes -= entry.bytes;
    if (queue.config->retains()) {
        queue.kept_bytes += entry.bytes;
    } else {
        discount_use(queue, entry);
        let_go(lane, number);
    }
}

void QueueMachine::let_go(Lane& lane, std::uint64_t number) {
    if (lane.settle.floor() == lane.end()) {
        lane.index.drop_all();
    } else if (lane.settle.is_word_settled(number)) {
        lane.index.drop_block(number);
    }
}

void QueueMachine::apply_record(const TrimRecord& record, const LogRecord&) {
    Queue* queue = find_queue(record.queue);
    Lane* lane = queue ? queue->find_lane(record.up_to.lane()) : nullptr;
    if (lane == nullptr || !queue->config->retains()) return;
    auto limit = std::min(record.up_to.number(), lane->settle.floor());
    if (limit != lane->end()) limit = limit / end_block * end_block;
    for (auto number = lane->index.first_kept(); number < limit; ++number) {
        if (!lane->index.has(number)) continue;
        const auto entry = lane->index.at(number);
        discount_use(*queue, entry);
        queue->kept_bytes -= entry.bytes;
        if (number % end_block == end_block - 1) lane->index.drop_block(number);
    }
    if (limit == lane->end()) lane->index.drop_all();
    queue->retention_deadline_ms = INT64_MAX;
    if (started_) touch(*queue);
}

// ---- messages come back

void QueueMachine::apply_record(const ReleaseRecord& record, const LogRecord& at) {
    Queue* queue = find_queue(record.queue);
    Lane* lane = queue ? queue->find_lane(record.sequence.lane()) : nullptr;
    if (lane == nullptr || !lane->is_open(record.sequence.number())) return;
    lane->settle.set_attempts(record.sequence.number(), {record.delivery_count, record.not_before_ms});
    if (!started_) return;
    if (record.not_before_ms > at.timestamp_ms) {
        queue->defer(record.sequence);
        deadlines_.add(record.not_before_ms, DeadlineKind::deferred, queue->id.value, record.sequence.value);
    } else if (queue->activity) {
        queue->make_ready(record.sequence);
    }
    touch(*queue);
}

void QueueMachine::apply_record(const DeliveredRecord& record, const LogRecord&) {
    Queue* queue = find_queue(record.queue);
    Lane* lane = queue ? queue->find_lane(record.mark.lane()) : nullptr;
    if (lane) lane->settle.raise_delivered_mark(std::min(record.mark.number(), lane->end()));
}

// ---- queues

void QueueMachine::apply_record(const DeclareRecord& record, const LogRecord& at) {
    const auto [found, is_new] =
        queues_.try_emplace(record.queue, record.queue, record.name, intern(record.config));
    if (is_new && started_) start_queue(found->second, at.timestamp_ms);
}

void QueueMachine::apply_record(const ConfigureRecord& record, const LogRecord& at) {
    Queue* queue = find_queue(record.queue);
    if (queue == nullptr) return;
    const auto& old = *queue->config;
    const auto& wanted = record.config;
    if (wanted.retains() != old.retains() || wanted.key_ordered != old.key_ordered ||
        wanted.source_topic != old.source_topic)
        return;
    release_config(std::exchange(queue->config, intern(wanted)));
    if (queue->config->dedup_window_ms < 0) queue->dedup.reset();
    if (!started_) return;
    queue->last_used_ms = at.timestamp_ms;
    queue->retention_deadline_ms = INT64_MAX;
    if (wanted.expires_ms >= 0) {
        deadlines_.add(added(at.timestamp_ms, wanted.expires_ms), DeadlineKind::lease, queue->id.value);
    }
    touch(*queue);
}

void QueueMachine::apply_record(const DeleteRecord& record, const LogRecord&) {
    const auto found = queues_.find(record.queue);
    if (found == queues_.end()) return;
    forget_queue(found->second);
    auto config = std::move(found->second.config);
    queues_.erase(found);
    to_note_.erase(record.queue);
    release_config(std::move(config));
}

// Nothing of it counts any more, with those who use it.
void QueueMachine::forget_queue(Queue& queue) {
    const bool retains = queue.config->retains();
    queue.for_each_lane([&](std::uint8_t, const Lane& lane) {
        for (auto number = lane.index.first_kept(); number < lane.end(); ++number) {
            if (!lane.index.has(number)) continue;
            if (retains || lane.is_open(number)) discount_use(queue, lane.index.at(number));
        }
    });
    if (!queue.activity) return;
    const auto part = [&](HolderId id) {
        const auto at = holders_.find(id);
        if (at != holders_.end()) at->second.queues.erase(queue.id);
    };
    for (const auto& [sequence, held] : queue.activity->held) {
        return_credit(queue, held);
        part(held.holder);
    }
    for (const auto& consumer : queue.activity->consumers) {
        consumers_.erase(consumer.id);
        part(consumer.holder);
    }
}

std::shared_ptr<const QueueConfig> QueueMachine::intern(const QueueConfig& config) {
    auto& slot = configs_[encoded(config)];
    if (!slot) slot = std::make_shared<const QueueConfig>(config);
    return slot;
}

void QueueMachine::release_config(std::shared_ptr<const QueueConfig> config) {
    constexpr long here_and_in_the_table = 2;
    if (config.use_count() == here_and_in_the_table) configs_.erase(encoded(*config));
}

// ---- leading

void QueueMachine::start(std::int64_t now_ms) {
    ASSERT(!started_);
    started_ = true;
    for (auto& [id, queue] : queues_) start_queue(queue, now_ms);
    for (const auto& [position, delayed] : delayed_) {
        deadlines_.add(delayed.deliver_at_ms, DeadlineKind::delayed, static_cast<std::uint64_t>(position));
    }
}

void QueueMachine::start_queue(Queue& queue, std::int64_t now_ms) {
    queue.last_used_ms = now_ms;
    if (queue.config->expires_ms >= 0) {
        deadlines_.add(added(now_ms, queue.config->expires_ms), DeadlineKind::lease, queue.id.value);
    }
    queue.for_each_lane([&](std::uint8_t priority, const Lane& lane) {
        if (lane.settle.all_attempts() == nullptr) return;
        for (const auto& [number, attempts] : *lane.settle.all_attempts()) {
            if (attempts.not_before_ms <= now_ms) continue;
            const Sequence sequence(priority, number);
            queue.defer(sequence);
            deadlines_.add(attempts.not_before_ms, DeadlineKind::deferred, queue.id.value, sequence.value);
        }
    });
    if (queue.open_count + queue.kept_bytes > 0 || queue.config->retains()) touch(queue);
}

const Queue* QueueMachine::find(QueueId queue) const {
    const auto at = queues_.find(queue);
    return at == queues_.end() ? nullptr : &at->second;
}

std::vector<QueueId> QueueMachine::queue_ids() const {
    std::vector<QueueId> ids;
    for (const auto& [id, queue] : queues_) ids.push_back(id);
    return ids;
}

std::optional<QueueStatus> QueueMachine::status(QueueId id) const {
    const Queue* queue = find(id);
    if (queue == nullptr) return std::nullopt;
    QueueStatus status{
        .ready = queue->ready_count(), .ready_bytes = queue->ready_bytes(), .counters = queue->counters};
    if (queue->activity) {
        status.held = queue->activity->held.size();
        status.held_bytes = queue->activity->unready_bytes;
        status.deferred = queue->activity->deferred.size();
        status.consumers = queue->activity->consumers.size();
    }
    return status;
}

}  // namespace weir::queue
