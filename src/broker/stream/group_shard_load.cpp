// Makes a shard's state from its log: piece by piece, so that the executor's other work goes on meanwhile.
#include "base/log_line.hpp"
#include "broker/message/record_reader.hpp"
#include "broker/stream/group_shard.hpp"
#include "log/read_batches.hpp"

namespace weir::stream {

void GroupShard::begin_load() {
    ++load_round_;
    machine_.reset();
    // What is still being committed may yet be lost; the commit's end calls again.
    if (place_.log->end() != place_.log->durable_end()) return;
    machine_ = std::make_unique<GroupMachine>(options_.group);
    loaded_to_ = place_.log->log_start();
    sized_to_ = {};
    is_sized_ = false;
    log_bytes_ = live_bytes_ = 0;
    load_more();
}

void GroupShard::load_more() {
    const auto is_done = load_step();
    if (!is_done) return retry_load(is_done.error());
    if (*is_done) return finish_load();
    post([round = load_round_](GroupShard& here) {
        if (here.state_ == State::loading && here.load_round_ == round) here.load_more();
    });
}

// One turn's work; true when nothing is left.
Result<bool> GroupShard::load_step() {
    if (const Offset end = place_.log->durable_end(); loaded_to_ < end) {
        if (const auto loaded = load_batches(end); !loaded) return loaded.error();
        return false;
    }
    if (is_sized_) return machine_->start(now(), options_.slice_records);
    std::size_t visited = 0;
    is_sized_ = machine_->visit_records(sized_to_, [&](const EncodedRecord& record) {
        live_bytes_ += record.size();
        return ++visited < options_.slice_records;
    });
    return false;
}

Result<void> GroupShard::load_batches(Offset end) {
    return log::read_batches(*place_.log, loaded_to_, end, options_.slice_bytes,
                             [this](const log::StoredBatch& batch) {
                                 auto applied = apply_batch(batch.bytes);
                                 if (!applied) return applied;
                                 log_bytes_ += batch.place.size;
                                 loaded_to_ = batch.place.next;
                                 return applied;
                             });
}

Result<void> GroupShard::apply_batch(ByteView batch) {
    if (log::BatchView(batch.data()).is_control()) return {};
    return message::for_each_record(batch, [this](const message::RecordView& record) -> Result<bool> {
        if (!record.key) return true;
        if (auto applied = machine_->apply(*record.key, record.value); !applied) return applied.error();
        return true;
    });
}

void GroupShard::finish_load() {
    last_end_ = place_.log->end();
    state_ = State::ready;
    rewrite_if_large();
    arm_timer();
    if (const auto tried = std::exchange(tried_, nullptr)) tried();
}

void GroupShard::retry_load(const Error& error) {
    const auto key = place_.log->key();
    log_error(
        "groups: partition {} of {} can't be read from offset {} on ({}); its groups wait, next try in {} ms",
        key.partition.value, offsets_topic, loaded_to_.value, error.message, options_.load_retry_ms);
    timer_ = place_.executor->run_after(options_.load_retry_ms, [weak = weak_from_this()] {
        if (const auto here = weak.lock()) here->begin_load();
    });
    if (const auto tried = std::exchange(tried_, nullptr)) tried();
}

}  // namespace weir::stream
