// Checks and patches of one record batch.
#include "log/batch_format.hpp"

#include "base/crc32c.hpp"

namespace weir::log {

namespace {

constexpr std::size_t magic_at = 16;
constexpr std::size_t checksum_at = 17;
constexpr std::size_t checked_from = 21;
constexpr std::size_t attributes_at = 21;
constexpr std::size_t max_timestamp_at = 35;
constexpr std::int16_t log_append_time_bit = 1 << 3;

}  // namespace

Result<void> check_magic(ByteView bytes) {
    if (bytes.size() <= magic_at || static_cast<std::int8_t>(bytes[magic_at]) == batch_magic) return {};
    return Error{Errc::invalid_record, "only record batches of format 2 are taken; the client is too old"};
}

Result<void> validate(ByteView bytes) {
    if (auto checked = check_magic(bytes); !checked) return checked;
    if (bytes.size() < batch_header_size)
        return Error{Errc::corrupt, "a record batch is shorter than its header"};
    const BatchView batch{bytes.data()};
    const auto expected = static_cast<std::int64_t>(bytes.size() - batch_prefix_size);
    if (batch.length() >= 0 && batch.length() < expected) {
        return Error{Errc::invalid_record, "there is something after the record batch; exactly one is taken"};
    }
    if (batch.length() != expected) {
        return Error{Errc::corrupt, fmt::format("a record batch says it is {} bytes long but is {}",
                                                batch.length(), expected)};
    }
    if (batch.record_count() < 1 || batch.last_offset_delta() != batch.record_count() - 1) {
        return Error{Errc::invalid_record,
                     fmt::format("a record batch of {} records says its last offset delta is {}",
                                 batch.record_count(), batch.last_offset_delta())};
    }
    if (batch.compression_bits() > static_cast<std::uint8_t>(Compression::zstd)) {
        return Error{Errc::unsupported_compression,
                     fmt::format("compression type {} is not known", batch.compression_bits())};
    }
    if (crc32c(bytes.subspan(checked_from)) != batch.checksum()) {
        return Error{Errc::corrupt, "a record batch's checksum does not match its content"};
    }
    return {};
}

void set_max_timestamp(ByteSpan batch, std::int64_t timestamp_ms) {
    store_big(batch.data() + max_timestamp_at, timestamp_ms);
    store_big(batch.data() + checksum_at, crc32c(batch.subspan(checked_from)));
}

void set_log_append_time(ByteSpan batch, std::int64_t now_ms) {
    const auto attributes =
        static_cast<std::int16_t>(BatchView{batch.data()}.attributes() | log_append_time_bit);
    store_big(batch.data() + attributes_at, attributes);
    set_max_timestamp(batch, now_ms);
}

}  // namespace weir::log
