// The inverse of record_reader: records as varints behind room for the 61-byte header, which comes last.
#include "broker/message/batch_builder.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "base/varint.hpp"

namespace weir::message {
namespace {

constexpr std::size_t checksum_at = 17;
constexpr std::size_t attribute_bytes = 1;  // of a record
constexpr std::size_t attributes_at = 21;   // where the checksummed part begins

std::size_t field_size(std::optional<ByteView> field) {
    return field ? varint_size(static_cast<std::int64_t>(field->size())) + field->size() : varint_size(-1);
}

// Fills room of the right size.
class Cursor {
  public:
    explicit Cursor(std::uint8_t* at) : at_(at) {}
    void byte(std::uint8_t value) { *at_++ = value; }
    void number(std::int64_t value) { at_ = write_varint(at_, value); }
    void field(std::optional<ByteView> field) {
        number(field ? static_cast<std::int64_t>(field->size()) : -1);
        if (!field || field->empty()) return;
        std::memcpy(at_, field->data(), field->size());
        at_ += field->size();
    }
    const std::uint8_t* at() const { return at_; }

  private:
    std::uint8_t* at_;
};

std::int16_t attribute_bits(const BatchOptions& options) {
    return static_cast<std::int16_t>(static_cast<int>(options.compression) |
                                     (options.transactional ? 1 << 4 : 0) | (options.control ? 1 << 5 : 0));
}

}  // namespace

void BatchBuilder::add(std::int64_t timestamp_ms, std::optional<ByteView> key, std::optional<ByteView> value,
                       std::span<const HeaderView> headers) {
    if (record_count_ == 0) {
        base_timestamp_ms_ = max_timestamp_ms_ = timestamp_ms;
        batch_.reserve(likely_size_);
        batch_.resize(log::batch_header_size);
    }
    max_timestamp_ms_ = std::max(max_timestamp_ms_, timestamp_ms);
    // Wraps around as readers do, should somebody's clock be absurd.
    const auto delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp_ms) -
                                                 static_cast<std::uint64_t>(base_timestamp_ms_));
    const auto header_count = static_cast<std::int64_t>(headers.size());
    auto size = attribute_bytes + varint_size(delta) + varint_size(record_count_) + field_size(key) +
                field_size(value) + varint_size(header_count);
    for (const auto& header : headers) size += field_size(as_bytes(header.key)) + field_size(header.value);
    const auto begin = batch_.size();
    const auto length = static_cast<std::int64_t>(size);
    batch_.resize(begin + varint_size(length) + size);
    Cursor out{batch_.data() + begin};
    out.number(length);
    out.byte(0);  // attributes
    out.number(delta);
    out.number(record_count_);
    out.field(key);
    out.field(value);
    out.number(header_count);
    for (const auto& header : headers) {
        out.field(as_bytes(header.key));
        out.field(header.value);
    }
    ASSERT(out.at() == batch_.data() + batch_.size());
    ++record_count_;
}

Bytes BatchBuilder::finish() {
    ASSERT(record_count_ > 0);
    likely_size_ = batch_.size();
    Bytes batch = std::exchange(batch_, {});
    if (options_.compression != log::Compression::none) {
        const auto packed = compress(options_.compression, ByteView{batch}.subspan(log::batch_header_size));
        batch.resize(log::batch_header_size);
        batch.insert(batch.end(), packed.begin(), packed.end());
    }
    std::uint8_t* at = batch.data();
    store_big<std::int32_t>(at + 8, static_cast<std::int32_t>(batch.size() - log::batch_prefix_size));
    store_big(at + 12, no_epoch.value);
    store_big(at + 16, log::batch_magic);
    store_big(at + attributes_at, attribute_bits(options_));
    store_big<std::int32_t>(at + 23, record_count_ - 1);
    store_big(at + 27, base_timestamp_ms_);
    store_big(at + 35, max_timestamp_ms_);
    store_big(at + 43, options_.producer_id.value);
    store_big(at + 51, options_.producer_epoch.value);
    store_big(at + 53, options_.base_sequence);
    store_big(at + 57, record_count_);
    store_big(at + checksum_at, crc32c(ByteView{batch}.subspan(attributes_at)));
    record_count_ = 0;
    return batch;
}

}  // namespace weir::message
