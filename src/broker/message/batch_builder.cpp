// The inverse of record_reader: records as varints, then the 61-byte header before them.
#include "broker/message/batch_builder.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "base/varint.hpp"

namespace weir::message {
namespace {

constexpr std::size_t checksum_at = 17;
constexpr std::size_t attributes_at = 21;  // where the checksummed part begins

void put_field(Bytes& out, std::optional<ByteView> field) {
    put_varint(out, field ? static_cast<std::int64_t>(field->size()) : -1);
    if (field) out.insert(out.end(), field->begin(), field->end());
}

std::int16_t attribute_bits(const BatchOptions& options) {
    return static_cast<std::int16_t>(static_cast<int>(options.compression) |
                                     (options.transactional ? 1 << 4 : 0) | (options.control ? 1 << 5 : 0));
}

}  // namespace

void BatchBuilder::add(std::int64_t timestamp_ms, std::optional<ByteView> key, std::optional<ByteView> value,
                       std::span<const HeaderView> headers) {
    if (record_count_ == 0) base_timestamp_ms_ = max_timestamp_ms_ = timestamp_ms;
    max_timestamp_ms_ = std::max(max_timestamp_ms_, timestamp_ms);
    scratch_.clear();
    scratch_.push_back(0);  // attributes
    // Wraps around as readers do, should somebody's clock be absurd.
    put_varint(scratch_, static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp_ms) -
                                                   static_cast<std::uint64_t>(base_timestamp_ms_)));
    put_varint(scratch_, record_count_);
    put_field(scratch_, key);
    put_field(scratch_, value);
    put_varint(scratch_, static_cast<std::int64_t>(headers.size()));
    for (const auto& header : headers) {
        put_field(scratch_, as_bytes(header.key));
        put_field(scratch_, header.value);
    }
    put_field(records_, ByteView{scratch_});
    ++record_count_;
}

Bytes BatchBuilder::finish() {
    ASSERT(record_count_ > 0);
    const Bytes packed = options_.compression == log::Compression::none
                             ? std::move(records_)
                             : compress(options_.compression, records_);
    Bytes batch(log::batch_header_size);
    std::uint8_t* at = batch.data();
    store_big<std::int32_t>(at + 8,
                            static_cast<std::int32_t>(batch.size() + packed.size() - log::batch_prefix_size));
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
    batch.insert(batch.end(), packed.begin(), packed.end());
    store_big(batch.data() + checksum_at, crc32c(ByteView{batch}.subspan(attributes_at)));
    records_.clear();
    record_count_ = 0;
    return batch;
}

}  // namespace weir::message
