// The checkpoint file.
#include "log/checkpoint.hpp"

#include "log/layout.hpp"
#include "log/sealed_file.hpp"

namespace weir::log {

namespace {

constexpr FileKind checkpoint_kind{.magic = 0x31504357, .version = 1};  // "WCP1"
constexpr std::uint64_t largest_file = std::uint64_t{2} << 30;

void put_log(Bytes& out, const LogState& log) {
    put_uuid(out, log.key.topic_id);
    put(out, log.key.partition.value);
    put(out, static_cast<std::uint8_t>(log.durability));
    put_text(out, std::string_view{log.label}.substr(0, UINT16_MAX));
    put(out, log.start.value);
    put(out, log.end.value);
    put(out, log.applied);
    put(out, static_cast<std::uint32_t>(log.segments.size()));
    for (const auto& segment : log.segments) {
        put(out, segment.base.value);
        put(out, segment.end.value);
        put(out, segment.size);
        put(out, segment.max_timestamp_ms);
        put(out, segment.created_ms);
    }
    put(out, static_cast<std::uint32_t>(log.epochs.size()));
    for (const auto& row : log.epochs) {
        put(out, row.epoch.value);
        put(out, row.start.value);
    }
    put(out, static_cast<std::uint32_t>(log.producers.size()));
    for (const auto& producer : log.producers) {
        put(out, producer.id.value);
        put(out, static_cast<std::uint32_t>(producer.batches.size()));
        for (const auto& batch : producer.batches) {
            put(out, batch.base_offset.value);
            put(out, batch.timestamp_ms);
            put(out, batch.first_sequence);
            put(out, batch.last_sequence);
            put(out, batch.epoch.value);
        }
    }
}

ProducerState take_producer(ByteReader& in) {
    ProducerState producer;
    producer.id = ProducerId{in.take<std::int64_t>()};
    producer.batches.resize(in.take_count(26));
    for (auto& batch : producer.batches) {
        batch.base_offset = Offset{in.take<std::int64_t>()};
        batch.timestamp_ms = in.take<std::int64_t>();
        batch.first_sequence = in.take<std::int32_t>();
        batch.last_sequence = in.take<std::int32_t>();
        batch.epoch = ProducerEpoch{in.take<std::int16_t>()};
    }
    return producer;
}

LogState take_log(ByteReader& in) {
    LogState log;
    log.key.topic_id = in.take_uuid();
    log.key.partition = PartitionId{in.take<std::int32_t>()};
    log.durability = static_cast<Durability>(in.take<std::uint8_t>());
    log.label = in.take_text();
    log.start = Offset{in.take<std::int64_t>()};
    log.end = Offset{in.take<std::int64_t>()};
    log.applied = in.take<std::uint64_t>();
    log.segments.resize(in.take_count(40));
    for (auto& segment : log.segments) {
        segment.base = Offset{in.take<std::int64_t>()};
        segment.end = Offset{in.take<std::int64_t>()};
        segment.size = in.take<std::uint64_t>();
        segment.max_timestamp_ms = in.take<std::int64_t>();
        segment.created_ms = in.take<std::int64_t>();
    }
    log.epochs.resize(in.take_count(12));
    for (auto& row : log.epochs) {
        row.epoch = LeaderEpoch{in.take<std::int32_t>()};
        row.start = Offset{in.take<std::int64_t>()};
    }
    log.producers.resize(in.take_count(12));
    for (auto& producer : log.producers) producer = take_producer(in);
    return log;
}

// What holds of every log that was ever written; anything else would break what comes after.
bool sound(const LogState& log) {
    if (log.durability != Durability::journal && log.durability != Durability::page_cache) return false;
    if (log.key.partition < PartitionId{0} || log.start < Offset{0} || log.start > log.end) return false;
    Offset expected = log.segments.empty() ? log.end : log.segments.front().base;
    for (const auto& segment : log.segments) {
        if (segment.base != expected || segment.end <= segment.base || segment.size == 0) return false;
        expected = segment.end;
    }
    if (expected != log.end) return false;
    return std::ranges::none_of(log.producers, [](const auto& producer) { return producer.batches.empty(); });
}

}  // namespace

Bytes encode_log(const LogState& log) {
    Bytes out;
    put_log(out, log);
    return out;
}

Result<LogState> decode_log(ByteView bytes) {
    ByteReader in{bytes};
    auto log = take_log(in);
    if (!in.ok() || in.left() != 0 || !sound(log)) {
        return Error{Errc::corrupt,
                     "a journal entry holds a log's state in a way this version does not know"};
    }
    return log;
}

Bytes encode_checkpoint(const Checkpoint& checkpoint) {
    auto out = begin_sealed(checkpoint_kind);
    put_uuid(out, checkpoint.store);
    put(out, checkpoint.journal.file);
    put(out, checkpoint.journal.position);
    put(out, checkpoint.journal.sequence);
    put(out, checkpoint.journal.previous);
    put(out, static_cast<std::uint32_t>(checkpoint.removed.size()));
    for (const auto& removed : checkpoint.removed) {
        put_uuid(out, removed.key.topic_id);
        put(out, removed.key.partition.value);
        put(out, removed.sequence);
    }
    put(out, static_cast<std::uint32_t>(checkpoint.logs.size()));
    for (const auto& log : checkpoint.logs) put_log(out, log);
    seal(out);
    return out;
}

Result<Checkpoint> decode_checkpoint(ByteView content) {
    const auto opened = unseal(content, checkpoint_kind);
    if (!opened) return opened.error();
    auto in = *opened;
    Checkpoint checkpoint;
    checkpoint.store = in.take_uuid();
    checkpoint.journal.file = in.take<std::uint64_t>();
    checkpoint.journal.position = in.take<std::uint64_t>();
    checkpoint.journal.sequence = in.take<std::uint64_t>();
    checkpoint.journal.previous = in.take<std::uint32_t>();
    checkpoint.removed.resize(in.take_count(28));
    for (auto& removed : checkpoint.removed) {
        removed.key.topic_id = in.take_uuid();
        removed.key.partition = PartitionId{in.take<std::int32_t>()};
        removed.sequence = in.take<std::uint64_t>();
    }
    const auto logs = in.take_count(59);
    checkpoint.logs.reserve(logs);
    for (std::uint32_t i = 0; i < logs && in.ok(); ++i) {
        checkpoint.logs.push_back(take_log(in));
        if (in.ok() && !sound(checkpoint.logs.back())) return broken_seal();
    }
    if (!in.ok() || in.left() != 0) return broken_seal();
    return checkpoint;
}

Result<void> write_checkpoint(runtime::FileSystem& files, const std::string& directory,
                              const Checkpoint& checkpoint) {
    return runtime::replace_file(files, directory + "/" + std::string{checkpoint_file},
                                 encode_checkpoint(checkpoint));
}

Result<Checkpoint> read_checkpoint(runtime::FileSystem& files, const std::string& directory) {
    const auto path = directory + "/" + std::string{checkpoint_file};
    const auto content = runtime::read_file(files, path, largest_file);
    if (!content) return content.error();
    auto checkpoint = decode_checkpoint(*content);
    if (!checkpoint) return Error{checkpoint.error().code, path + ": " + checkpoint.error().message};
    return checkpoint;
}

}  // namespace weir::log
