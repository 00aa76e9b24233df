// The record layout inside a batch: varints with zig-zag, lengths of -1 for what is absent
// (docs/formats/batch.md).
#include "broker/message/record_reader.hpp"

#include "base/assert.hpp"
#include "base/varint.hpp"

namespace weir::message {
namespace {

Error invalid(std::string_view what) {
    return {Errc::invalid_record, fmt::format("a record of the batch {}", what)};
}

// Base and delta are both a stranger's: an absurd pair wraps around, as it does in the clients.
std::int64_t wrapping_sum(std::int64_t base, std::int64_t delta) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(delta));
}

// A length-prefixed field; false if it does not fit into `in`.
bool take_field(ByteView& in, std::optional<ByteView>& field) {
    const auto length = take_varint(in);
    if (!length || *length < -1 || *length > static_cast<std::int64_t>(in.size())) return false;
    if (*length == -1) {
        field.reset();
        return true;
    }
    field = in.first(static_cast<std::size_t>(*length));
    in = in.subspan(static_cast<std::size_t>(*length));
    return true;
}

bool take_header(ByteView& in, HeaderView& header) {
    std::optional<ByteView> key;
    if (!take_field(in, key) || !key) return false;
    header.key = as_text(*key);
    return take_field(in, header.value);
}

// The rest of a record's body: its headers, and nothing behind them.
bool take_headers(ByteView& in, RecordView& record) {
    const auto count = take_varint(in);
    if (!count || *count < 0 || *count > static_cast<std::int64_t>(in.size()) / 2) return false;
    record.header_count = static_cast<std::int32_t>(*count);
    record.header_bytes = in;
    return has_whole_headers(record);
}

}  // namespace

bool has_whole_headers(const RecordView& record) {
    ByteView in = record.header_bytes;
    HeaderView header;
    for (std::int32_t i = 0; i < record.header_count; ++i) {
        if (!take_header(in, header)) return false;
    }
    return in.empty();
}

std::vector<HeaderView> RecordView::headers() const {
    std::vector<HeaderView> all(static_cast<std::size_t>(header_count));
    ByteView in = header_bytes;
    for (auto& header : all) ASSERT(take_header(in, header));
    return all;
}

Result<RecordReader> RecordReader::open(ByteView batch, std::size_t unpacked_limit) {
    if (batch.size() < log::batch_header_size)
        return Error{Errc::corrupt, "a batch is shorter than its header"};
    const log::BatchView view(batch.data());
    if (view.record_count() < 0) return Error{Errc::invalid_record, "a batch has a negative record count"};
    const ByteView records = batch.subspan(log::batch_header_size);
    if (view.compression() == log::Compression::none) return RecordReader(view, {}, records);
    auto unpacked = decompress(view.compression(), records, unpacked_limit);
    if (!unpacked) return unpacked.error();
    Bytes bytes = std::move(*unpacked);
    const ByteView inside = bytes;
    return RecordReader(view, std::move(bytes), inside);
}

Result<bool> RecordReader::next(RecordView& record) {
    if (records_read_ == batch_.record_count()) {
        if (rest_.empty()) return false;
        return invalid("is followed by bytes that belong to none");
    }
    std::optional<ByteView> body;
    if (!take_field(rest_, body) || !body) return invalid("is longer than the batch");
    ByteView in = *body;
    if (in.empty()) return invalid("is empty");
    in = in.subspan(1);  // attributes: none are defined
    const auto timestamp_delta = take_varint(in);
    const auto offset_delta = take_varint(in);
    if (!timestamp_delta || !offset_delta) return invalid("ends within its timestamp or offset");
    if (*offset_delta <= last_delta_ || *offset_delta > batch_.last_offset_delta()) {
        return invalid("has an offset out of order");
    }
    if (!take_field(in, record.key) || !take_field(in, record.value))
        return invalid("is shorter than its fields");
    if (!take_headers(in, record)) return invalid("has headers that do not fit it");
    record.offset_delta = static_cast<std::int32_t>(*offset_delta);
    record.offset = Offset{wrapping_sum(batch_.base_offset().value, *offset_delta)};
    const bool stamped = batch_.timestamp_type() == log::TimestampType::log_append_time;
    record.timestamp_ms =
        stamped ? batch_.max_timestamp() : wrapping_sum(batch_.base_timestamp(), *timestamp_delta);
    last_delta_ = record.offset_delta;
    ++records_read_;
    return true;
}

}  // namespace weir::message
