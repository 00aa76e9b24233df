// The rules in the order in which their errors should win: the batch's header, its structure, then each
// record.
#include "broker/message/record_validation.hpp"

#include <algorithm>

#include "broker/message/record_reader.hpp"

namespace weir::message {
namespace {

constexpr std::uint8_t highest_codec = static_cast<std::uint8_t>(log::Compression::zstd);
constexpr std::int64_t no_timestamp = -1;

Result<void> validate_header(log::BatchView batch) {
    if (batch.is_control()) return Error{Errc::invalid_record, "only the broker writes control batches"};
    if (batch.record_count() < 1) return Error{Errc::invalid_record, "a batch must hold a record at least"};
    if (batch.last_offset_delta() != batch.record_count() - 1) {
        return Error{Errc::invalid_record, "the batch's last offset does not match its record count"};
    }
    if (batch.producer_id() != no_producer &&
        (batch.base_sequence() < 0 || batch.producer_epoch().value < 0)) {
        return Error{Errc::invalid_record, "an idempotent producer's batch needs a sequence and an epoch"};
    }
    if (batch.is_transactional() && batch.producer_id() == no_producer) {
        return Error{Errc::invalid_record, "a transaction's batch needs a producer id"};
    }
    if (batch.compression_bits() > highest_codec) {
        return Error{Errc::unsupported_compression,
                     fmt::format("no codec has the number {}", batch.compression_bits())};
    }
    return {};
}

void list(std::vector<RecordFault>& faults, std::int32_t index, std::string_view text) {
    if (faults.size() < max_record_faults) faults.push_back({index, std::string(text)});
}

bool timestamp_fits(std::int64_t timestamp_ms, const RecordRules& rules) {
    if (timestamp_ms == no_timestamp) return true;
    return timestamp_ms >= rules.earliest_timestamp_ms && timestamp_ms <= rules.latest_timestamp_ms;
}

Error bad_timestamp() {
    return {Errc::invalid_timestamp,
            "a record's timestamp is outside what the topic accepts (check the clock, or "
            "message.timestamp.before.max.ms and message.timestamp.after.max.ms)"};
}

// The greatest timestamp.
Result<std::int64_t> validate_each(RecordReader& reader, const RecordRules& rules,
                                   std::vector<RecordFault>& faults) {
    std::optional<Error> worst;
    std::int64_t greatest_ms = std::numeric_limits<std::int64_t>::min();
    RecordView record;
    for (std::int32_t index = 0;; ++index) {
        const auto more = reader.next(record);
        if (!more) {
            list(faults, index, more.error().message);
            return more.error();
        }
        if (!*more) break;
        greatest_ms = std::max(greatest_ms, record.timestamp_ms);
        if (record.offset_delta != index) {
            list(faults, index, "its offset does not follow the one before");
            return Error{Errc::invalid_record, "the batch's offsets are not consecutive"};
        }
        if (rules.keys_required && !record.key) {
            list(faults, index, "a compacted topic's records need a key");
            worst = Error{Errc::invalid_record, "a compacted topic's records need a key"};
        }
        if (!timestamp_fits(record.timestamp_ms, rules)) {
            list(faults, index, "its timestamp is outside what the topic accepts");
            if (!worst) worst = bad_timestamp();
        }
    }
    if (worst) return *worst;
    return greatest_ms;
}

}  // namespace

Result<std::optional<std::int64_t>> validate_records(ByteView batch, const RecordRules& rules,
                                                     std::vector<RecordFault>& faults) {
    if (batch.size() < log::batch_header_size)
        return Error{Errc::corrupt, "a batch is shorter than its header"};
    const log::BatchView view(batch.data());
    if (auto header = validate_header(view); !header) return header.error();
    const bool compressed = view.compression() != log::Compression::none;
    if (compressed && !rules.inspect_compressed && !rules.keys_required) {
        if (!timestamp_fits(view.max_timestamp(), rules)) return bad_timestamp();
        return std::optional<std::int64_t>{};
    }
    auto reader = RecordReader::open(batch, rules.unpacked_limit);
    if (!reader) return reader.error();
    const auto greatest_ms = validate_each(*reader, rules, faults);
    if (!greatest_ms) return greatest_ms.error();
    return std::optional{*greatest_ms};
}

}  // namespace weir::message
