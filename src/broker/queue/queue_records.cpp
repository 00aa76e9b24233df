// Each record: its kind, its fields as varints in a fixed order; lists of numbers by their differences.
#include "broker/queue/queue_records.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "broker/queue/field_codec.hpp"

namespace weir::queue {
namespace {

constexpr std::uint64_t config_version = 0;
constexpr std::uint64_t subscription_version = 1;  // of the configurations that need it
constexpr std::uint8_t refer_source = 1;

// The kinds' numbers in the log; never change one.
enum class Kind : std::uint8_t {
    publish = 1,
    refer = 2,
    acknowledge = 3,
    release = 4,
    delivered = 5,
    declare = 6,
    configure = 7,
    remove = 8,
    fire = 9,
    cancel = 10,
    trim = 11,
    feed = 16,
};

FieldWriter& begin(FieldWriter& out, Kind kind) {
    return out.number(static_cast<std::uint8_t>(kind));
}

QueueId read_queue(FieldReader& in) {
    return QueueId{in.number_up_to(queue_id_limit - 1)};
}

Offset read_offset(FieldReader& in) {
    return Offset{static_cast<std::int64_t>(in.number_up_to(INT64_MAX))};
}

std::uint8_t read_small(FieldReader& in) {
    return static_cast<std::uint8_t>(in.number_up_to(UINT8_MAX));
}

// -1 or more, as its successor.
void write_optional(FieldWriter& out, std::int64_t value) {
    out.number(static_cast<std::uint64_t>(value + 1));
}
std::int64_t read_optional(FieldReader& in) {
    return static_cast<std::int64_t>(in.number_up_to(INT64_MAX)) - 1;
}

std::string read_text(FieldReader& in, std::size_t most) {
    auto text = in.text();
    if (text.size() > most) in.fail();
    return text;
}

// ---- lists

void write(FieldWriter& out, const Targets& targets) {
    out.number(targets.size());
    std::uint64_t next = 0;
    for (const auto& target : targets) {
        ASSERT(target.queue.value >= next);
        out.number((target.queue.value - next) << 1 | (target.overflows ? 1 : 0));
        next = target.queue.value + 1;
    }
}

Targets read_targets(FieldReader& in) {
    Targets targets(std::min(in.count(), max_targets));
    std::uint64_t next = 0;
    for (auto& target : targets) {
        const auto coded = in.number();
        target = {QueueId{next + (coded >> 1)}, (coded & 1) != 0};
        if (target.queue.value >= queue_id_limit) in.fail();
        next = target.queue.value + 1;
    }
    return targets;
}

void write(FieldWriter& out, const std::vector<SequenceRange>& ranges) {
    out.number(ranges.size());
    std::uint64_t end = 0;
    for (const auto& range : ranges) {
        out.signed_number(static_cast<std::int64_t>(range.first.value - end)).number(range.count - 1);
        end = range.first.value + range.count;
    }
}

std::vector<SequenceRange> read_ranges(FieldReader& in) {
    std::vector<SequenceRange> ranges(in.count(2));
    std::uint64_t end = 0;
    for (auto& range : ranges) {
        range.first = Sequence{end + static_cast<std::uint64_t>(in.signed_number())};
        range.count = in.number_up_to((std::uint64_t{1} << Sequence::number_bits) - 1) + 1;
        end = range.first.value + range.count;
    }
    return ranges;
}

// ---- records

void write_record(FieldWriter& out, const PublishRecord& record) {
    write(begin(out, Kind::publish), record.targets);
    write_optional(out, record.ttl_ms);
    write_optional(out, record.deliver_at_ms);
    out.number(record.priority).number(record.group).text(record.message_id);
}

PublishRecord read_publish(FieldReader& in) {
    PublishRecord record;
    record.targets = read_targets(in);
    record.ttl_ms = read_optional(in);
    record.deliver_at_ms = read_optional(in);
    record.priority = read_small(in);
    record.group = in.number();
    record.message_id = read_text(in, max_message_id_bytes);
    return record;
}

void write_record(FieldWriter& out, const ReferRecord& record) {
    begin(out, Kind::refer).number(record.source ? refer_source : 0);
    if (record.source) out.number(record.source->queue.value).number(record.source->sequence.value);
    out.number(static_cast<std::uint64_t>(record.content.value)).number(record.content_bytes);
    out.number(static_cast<std::uint8_t>(record.reason));
    write(out, record.targets);
    write_optional(out, record.ttl_ms);
    write(out.number(record.priority).number(record.group), record.history);
    out.text(record.exchange).number(record.key ? 1 : 0);
    if (record.key) out.text(*record.key);
}

ReferRecord read_refer(FieldReader& in) {
    ReferRecord record;
    if (in.flag()) {
        const auto queue = read_queue(in);
        record.source = Source{queue, Sequence{in.number()}};
    }
    record.content = read_offset(in);
    record.content_bytes = in.number_up_to(UINT32_MAX);
    record.reason = static_cast<Reason>(in.number_up_to(reason_count - 1));
    record.targets = read_targets(in);
    record.ttl_ms = read_optional(in);
    record.priority = read_small(in);
    record.group = in.number();
    record.history = read_history(in);
    record.exchange = read_text(in, max_referred_name_bytes);
    if (in.flag()) record.key = read_text(in, max_referred_name_bytes);
    return record;
}

void write_record(FieldWriter& out, const AcknowledgeRecord& record) {
    begin(out, Kind::acknowledge).number(record.queue.value).number(static_cast<std::uint8_t>(record.reason));
    write(out, record.ranges);
}

AcknowledgeRecord read_acknowledge(FieldReader& in) {
    AcknowledgeRecord record{.queue = read_queue(in)};
    record.reason = static_cast<Reason>(in.number_up_to(reason_count - 1));
    record.ranges = read_ranges(in);
    return record;
}

void write_record(FieldWriter& out, const ReleaseRecord& record) {
    begin(out, Kind::release).number(record.queue.value).number(record.sequence.value);
    write_optional(out.number(record.delivery_count), record.not_before_ms);
}

ReleaseRecord read_release(FieldReader& in) {
    ReleaseRecord record{.queue = read_queue(in)};
    record.sequence = Sequence{in.number()};
    record.delivery_count = static_cast<std::uint32_t>(in.number_up_to(UINT32_MAX));
    record.not_before_ms = read_optional(in);
    return record;
}

void write_record(FieldWriter& out, const DeliveredRecord& record) {
    begin(out, Kind::delivered).number(record.queue.value).number(record.mark.value);
}

DeliveredRecord read_delivered(FieldReader& in) {
    const auto queue = read_queue(in);
    return {queue, Sequence{in.number()}};
}

void write_record(FieldWriter& out, const DeclareRecord& record) {
    write(begin(out, Kind::declare).number(record.queue.value).text(record.name), record.config);
}

DeclareRecord read_declare(FieldReader& in) {
    DeclareRecord record{.queue = read_queue(in)};
    record.name = read_text(in, max_queue_name_bytes);
    record.config = read_config(in);
    return record;
}

void write_record(FieldWriter& out, const ConfigureRecord& record) {
    write(begin(out, Kind::configure).number(record.queue.value), record.config);
}

ConfigureRecord read_configure(FieldReader& in) {
    const auto queue = read_queue(in);
    return {queue, read_config(in)};
}

void write_record(FieldWriter& out, const DeleteRecord& record) {
    begin(out, Kind::remove).number(record.queue.value);
}

void write_record(FieldWriter& out, const FireRecord& record) {
    begin(out, Kind::fire).number(static_cast<std::uint64_t>(record.content.value));
}

void write_record(FieldWriter& out, const CancelRecord& record) {
    begin(out, Kind::cancel).number(static_cast<std::uint64_t>(record.content.value));
}

void write_record(FieldWriter& out, const TrimRecord& record) {
    begin(out, Kind::trim).number(record.queue.value).number(record.up_to.value);
}

TrimRecord read_trim(FieldReader& in) {
    const auto queue = read_queue(in);
    return {queue, Sequence{in.number()}};
}

void write_record(FieldWriter& out, const FeedRecord& record) {
    begin(out, Kind::feed).number(record.queue.value);
    out.number(static_cast<std::uint64_t>(record.partition.value));
    out.number(static_cast<std::uint64_t>(record.next.value)).number(record.messages.size());
    Offset next{};
    for (const auto& message : record.messages) {
        out.number(static_cast<std::uint64_t>(message.offset - next)).number(message.bytes);
        out.number(message.group);
        next = message.offset + 1;
    }
}

FeedRecord read_feed(FieldReader& in) {
    constexpr std::size_t smallest_message_bytes = 3;
    constexpr auto last_offset = static_cast<std::uint64_t>(RecordPosition::offset_limit - 1);
    FeedRecord record{.queue = read_queue(in)};
    record.partition =
        PartitionId{static_cast<std::int32_t>(in.number_up_to(RecordPosition::partition_limit - 1))};
    record.next = Offset{static_cast<std::int64_t>(in.number_up_to(last_offset))};
    record.messages.resize(in.count(smallest_message_bytes));
    Offset next{};
    for (auto& message : record.messages) {
        message.offset = next + static_cast<std::int64_t>(in.number_up_to(last_offset));
        message.bytes = in.number_up_to(UINT32_MAX);
        message.group = in.number();
        next = message.offset + 1;
        if (next > record.next) in.fail();
    }
    return record;
}

std::optional<QueueRecord> read_record(std::uint64_t kind, FieldReader& in) {
    switch (static_cast<Kind>(kind)) {
        case Kind::publish: return read_publish(in);
        case Kind::refer: return read_refer(in);
        case Kind::acknowledge: return read_acknowledge(in);
        case Kind::release: return read_release(in);
        case Kind::delivered: return read_delivered(in);
        case Kind::declare: return read_declare(in);
        case Kind::configure: return read_configure(in);
        case Kind::remove: return DeleteRecord{read_queue(in)};
        case Kind::fire: return FireRecord{read_offset(in)};
        case Kind::cancel: return CancelRecord{read_offset(in)};
        case Kind::trim: return read_trim(in);
        case Kind::feed: return read_feed(in);
    }
    return std::nullopt;
}

}  // namespace

void write(FieldWriter& out, const QueueConfig& config) {
    out.number(config.source_topic ? subscription_version : config_version);
    for (const auto limit : {config.message_ttl_ms, config.expires_ms, config.max_length, config.max_bytes,
                             config.delivery_limit, config.retry_delay_ms, config.max_retry_delay_ms,
                             config.dedup_window_ms, config.retention_ms, config.retention_bytes}) {
        write_optional(out, limit);
    }
    out.number(static_cast<std::uint8_t>(config.overflow)).number(config.max_priority);
    for (const bool flag : {config.counts_deliveries, config.single_active_consumer, config.key_ordered,
                            config.auto_delete, config.dead_letter_target.has_value()}) {
        out.number(flag ? 1 : 0);
    }
    if (config.dead_letter_target) out.text(*config.dead_letter_target);
    out.bytes(config.definition);
    if (config.source_topic) out.raw(config.source_topic->bytes);
}

QueueConfig read_config(FieldReader& in) {
    QueueConfig config;
    const auto version = in.number_up_to(subscription_version);
    for (auto* limit : {&config.message_ttl_ms, &config.expires_ms, &config.max_length, &config.max_bytes,
                        &config.delivery_limit, &config.retry_delay_ms, &config.max_retry_delay_ms,
                        &config.dedup_window_ms, &config.retention_ms, &config.retention_bytes}) {
        *limit = read_optional(in);
    }
    config.overflow = static_cast<Overflow>(in.number_up_to(2));
    config.max_priority = read_small(in);
    for (auto* flag : {&config.counts_deliveries, &config.single_active_consumer, &config.key_ordered,
                       &config.auto_delete}) {
        *flag = in.flag();
    }
    if (in.flag()) config.dead_letter_target = read_text(in, max_dead_letter_target_bytes);
    const auto definition = in.bytes();
    if (definition.size() > max_definition_bytes) in.fail();
    config.definition.assign(definition.begin(), definition.end());
    if (version == subscription_version) {
        auto& bytes = config.source_topic.emplace().bytes;
        const auto id = in.raw(bytes.size());
        std::ranges::copy(id, bytes.begin());
    }
    return config;
}

Bytes encode(const QueueRecord& record, Bytes reused) {
    FieldWriter out(std::move(reused));
    std::visit([&](const auto& known) { write_record(out, known); }, record);
    return out.take();
}

Result<QueueRecord> decode(ByteView key) {
    FieldReader in(key);
    const auto kind = in.number();
    if (!in.ok()) return Error{Errc::corrupt, "a record of a queue log is empty"};
    auto record = read_record(kind, in);
    if (!record) return Error{Errc::unsupported, fmt::format("a queue log's record is of kind {}", kind)};
    if (!in.at_end()) {
        return Error{Errc::corrupt, fmt::format("a queue log's record of kind {} is broken", kind)};
    }
    return *std::move(record);
}

}  // namespace weir::queue
