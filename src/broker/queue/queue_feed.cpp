// Subscriptions: a topic's records are their messages, by reference; what became of each is the queue log's.
#include "broker/queue/queue_machine.hpp"

namespace weir::queue {

namespace {

constexpr std::int64_t unread_delay_ms = 1000;

}  // namespace

std::optional<Offset> Queue::fed_to(PartitionId partition) const {
    if (!fed) return std::nullopt;
    const auto at = fed->find(partition);
    return at == fed->end() ? std::nullopt : std::optional{at->second};
}

std::map<PartitionId, Offset> Queue::open_positions(std::uint64_t most) const {
    std::map<PartitionId, Offset> open;
    if (!fed) return open;
    auto number = first_.settle.next_open(first_.settle.floor());
    for (; number < first_.end() && most > 0 && open.size() < fed->size(); --most) {
        const auto position = RecordPosition::unpacked(first_.index.at(number).position);
        open.try_emplace(position.partition, position.offset);  // the first one is the oldest
        number = first_.settle.next_open(number + 1);
    }
    if (number < first_.end() && open.size() < fed->size()) return open;
    for (const auto& [partition, next] : *fed) open.try_emplace(partition, next);
    return open;
}

Answer QueueMachine::feed(const FeedRecord& record, Effects& effects) {
    const Queue* queue = find(record.queue);
    if (queue == nullptr) return Answer::no_such_queue;
    const auto is_good = [&](Offset offset) {
        return offset.value >= 0 && offset.value < RecordPosition::offset_limit;
    };
    if (!queue->is_subscription() || !is_good(record.next) || record.partition.value < 0 ||
        record.partition.value >= RecordPosition::partition_limit) {
        return Answer::invalid;
    }
    effects.records.emplace_back(record);
    return Answer::done;
}

void QueueMachine::apply_record(const FeedRecord& record, const LogRecord& at) {
    Queue* queue = find_queue(record.queue);
    if (queue == nullptr || !queue->is_subscription()) return;
    if (!queue->fed) queue->fed = std::make_unique<std::map<PartitionId, Offset>>();
    const auto [known, is_new] = queue->fed->try_emplace(record.partition, record.next);
    const Offset from = is_new ? Offset{} : known->second;
    for (const auto& message : record.messages) {
        if (message.offset < from) continue;
        const RecordPosition position{record.partition, message.offset};
        enqueue(*queue, {.position = position.packed(), .bytes = message.bytes, .group = message.group}, 0,
                -1, at, false);
    }
    known->second = std::max(known->second, record.next);
}

void QueueMachine::pass_over(const Delivery& delivery, bool is_gone, std::int64_t now_ms, Effects& effects) {
    settle({.holder = delivery.holder,
            .verdict = is_gone ? Verdict::accept : Verdict::release,
            .messages = {delivery.message},
            .delay_ms = is_gone ? -1 : unread_delay_ms,
            .is_attempt = false},
           now_ms, effects);
    const Queue* queue = find(delivery.message.queue);
    if (queue == nullptr || !queue->activity) return;
    const Consumer* consumer = queue->activity->find(delivery.consumer);
    if (consumer != nullptr && consumer->credit != UINT64_MAX) grant(consumer->id, consumer->credit + 1);
}

void QueueMachine::count_use(const Queue& queue, const IndexEntry& entry) {
    if (!queue.is_subscription()) use_.add(entry);
}

void QueueMachine::discount_use(const Queue& queue, const IndexEntry& entry) {
    if (!queue.is_subscription()) use_.remove(entry);
}

}  // namespace weir::queue
