// Makes a shard's state from its log: piece by piece, so that the executor's other work goes on meanwhile.
#include <malloc.h>

#include "base/log_line.hpp"
#include "broker/message/record_reader.hpp"
#include "broker/queue/queue_shard.hpp"
#include "log/read_batches.hpp"

namespace weir::queue {
namespace {

constexpr std::uint64_t much_bytes = std::uint64_t{4} << 20;  // of a log: reading it leaves memory behind

}  // namespace

void QueueShard::begin_load() {
    ++load_round_;
    machine_.reset();
    // What is still being committed may yet be lost; the commit's end calls again.
    if (place_.log->end() != place_.log->durable_end()) return;
    machine_ = std::make_unique<QueueMachine>();
    loaded_to_ = place_.log->log_start();
    log_bytes_ = 0;
    pieces_.drop();
    const auto snapshot = newest_snapshot(*place_.log, place_.log->durable_end());
    if (!snapshot) return retry_load(snapshot.error());
    if (*snapshot) loaded_to_ = **snapshot;
    load_more();
}

void QueueShard::load_more() {
    const Offset end = place_.log->durable_end();
    if (loaded_to_ >= end) return load_committed();
    if (const auto loaded = load_batches(end); !loaded) return retry_load(loaded.error());
    post([round = load_round_](QueueShard& here) {
        if (here.state_ == State::loading && here.load_round_ == round) here.load_more();
    });
}

// All that is read is committed before the shard serves: what is not yet, nobody may be given. A new leader
// learns how far that is when its followers have fetched once.
void QueueShard::load_committed() {
    if (loaded_to_ > place_.log->durable_end()) return begin_load();  // it was cut meanwhile
    if (loaded_to_ == place_.log->durable_end() && loaded_to_ == place_.log->readable_end()) finish_load();
}

Result<void> QueueShard::load_batches(Offset end) {
    return log::read_batches(*place_.log, loaded_to_, end, options_.slice_bytes,
                             [this](const log::StoredBatch& batch) {
                                 auto applied = apply_batch(batch.bytes);
                                 if (!applied) return applied;
                                 log_bytes_ += batch.place.size;
                                 loaded_to_ = batch.place.next;
                                 return applied;
                             });
}

Result<void> QueueShard::apply_batch(ByteView batch) {
    if (log::BatchView(batch.data()).is_control()) return {};
    return message::for_each_record(batch, [this](const message::RecordView& record) -> Result<bool> {
        if (!record.key) {
            if (auto loaded = load_snapshot(record.value.value_or(ByteView{})); !loaded)
                return loaded.error();
            return true;
        }
        pieces_.drop();
        const auto applied = machine_->apply(
            {record.offset, record.timestamp_ms, *record.key, record.value ? record.value->size() : 0});
        if (!applied) return applied.error();
        return true;
    });
}

void QueueShard::finish_load() {
    next_ = place_.log->end();
    state_ = State::ready;
    machine_->start(now_ms());
    Effects effects;
    committed_ = place_.log->readable_end();
    machine_->committed(committed_, effects);
    perform(std::move(effects));
    if (seams_.on_ready) seams_.on_ready(*this);
    if (log_bytes_ + snapshot_size_ > much_bytes) ::malloc_trim(0);
    run_deferred();
}

void QueueShard::retry_load(const Error& error) {
    log_error("queues: partition {} of {} can't be read from offset {} on ({}); next try in {} ms",
              place_.log->key().partition.value, queues_topic, loaded_to_.value, error.message,
              options_.load_retry_ms);
    load_timer_ = place_.executor->run_after(options_.load_retry_ms, [weak = weak_from_this()] {
        const auto here = weak.lock();
        if (here && here->state_ == State::loading) here->begin_load();
    });
}

}  // namespace weir::queue
