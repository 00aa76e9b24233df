// Makes a shard's state from its log: piece by piece, so that the executor's other work goes on meanwhile.
#include "base/log_line.hpp"
#include "broker/message/record_reader.hpp"
#include "broker/stream/group_shard.hpp"

namespace weir::stream {
namespace {

Result<Bytes> read_ranges(const std::vector<log::FileRange>& ranges) {
    Bytes bytes;
    for (const auto& range : ranges) {
        const std::size_t before = bytes.size();
        bytes.resize(before + range.size);
        const auto count = range.file->read(range.position, ByteSpan(bytes).subspan(before));
        if (!count) return count.error();
        if (*count != range.size) return Error{Errc::corrupt, "a segment is shorter than its index says"};
    }
    return bytes;
}

}  // namespace

void GroupShard::begin_load() {
    ++load_round_;
    machine_.reset();
    // What is still being committed may yet be lost; the commit's end calls again.
    if (place_.log->end() != place_.log->durable_end()) return;
    machine_ = std::make_unique<GroupMachine>(options_.group);
    loaded_to_ = place_.log->log_start();
    log_bytes_ = 0;
    load_more();
}

void GroupShard::load_more() {
    const Offset end = place_.log->durable_end();
    if (loaded_to_ == end) return finish_load();
    if (const auto loaded = load_batches(end); !loaded) return retry_load(loaded.error());
    post([round = load_round_](GroupShard& here) {
        if (here.state_ == State::loading && here.load_round_ == round) here.load_more();
    });
}

Result<void> GroupShard::load_batches(Offset end) {
    const auto ranges = place_.log->read(loaded_to_, end, options_.load_bytes);
    if (!ranges) return ranges.error();
    const auto bytes = read_ranges(*ranges);
    if (!bytes) return bytes.error();
    ByteView rest = *bytes;
    if (rest.empty()) return Error{Errc::corrupt, fmt::format("nothing at offset {}", loaded_to_.value)};
    while (!rest.empty()) {
        if (rest.size() < log::batch_header_size || log::BatchView(rest.data()).size() > rest.size()) {
            return Error{Errc::corrupt, fmt::format("no whole batch at offset {}", loaded_to_.value)};
        }
        const log::BatchView batch(rest.data());
        const ByteView bytes_of_batch = rest.first(batch.size());
        if (auto valid = log::validate(bytes_of_batch); !valid) return valid;
        if (auto applied = apply_batch(bytes_of_batch); !applied) return applied;
        log_bytes_ += batch.size();
        loaded_to_ = batch.next_offset();
        rest = rest.subspan(batch.size());
    }
    return {};
}

Result<void> GroupShard::apply_batch(ByteView batch) {
    if (log::BatchView(batch.data()).is_control()) return {};
    auto reader = message::RecordReader::open(batch);
    if (!reader) return reader.error();
    message::RecordView record;
    for (;;) {
        const auto more = reader->next(record);
        if (!more) return more.error();
        if (!*more) return {};
        if (!record.key) continue;
        if (auto applied = machine_->apply(*record.key, record.value); !applied) return applied;
    }
}

void GroupShard::finish_load() {
    live_bytes_ = 0;
    machine_->for_each_record([&](const EncodedRecord& record) {
        live_bytes_ += record.key.size() + (record.value ? record.value->size() : 0);
    });
    committed_ = std::max(committed_, last_ticket_);  // all that was appended is decided
    machine_->start(now());
    state_ = State::ready;
    rewrite_if_large();
    arm_timer();
}

void GroupShard::retry_load(const Error& error) {
    const auto key = place_.log->key();
    log_error(
        "groups: partition {} of {} can't be read from offset {} on ({}); its groups wait, next try in {} ms",
        key.partition.value, offsets_topic, loaded_to_.value, error.message, options_.load_retry_ms);
    timer_ = place_.executor->run_after(options_.load_retry_ms, [weak = weak_from_this()] {
        if (const auto here = weak.lock()) here->begin_load();
    });
}

}  // namespace weir::stream
