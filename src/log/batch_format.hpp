// A record batch as weir stores and sends it: Kafka's RecordBatch v2 layout, byte for byte
// (docs/formats/batch.md).
//
// Base offset and leader epoch lie outside the checksum, so the log patches them in place; all else stays as
// the producer sent it, compressed records included.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::log {

inline constexpr std::size_t batch_header_size = 61;
inline constexpr std::size_t batch_prefix_size =
    12;  // base offset and length: what the length does not count
inline constexpr std::int8_t batch_magic = 2;

enum class Compression : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

// The header of one batch that lies in memory. The fields may be garbage until validate() has passed.
class BatchView {
  public:
    // `bytes` must hold batch_header_size bytes at least; the records may lie behind it or not.
    explicit BatchView(const std::uint8_t* bytes) : at_(bytes) {}

    Offset base_offset() const { return Offset{load_big<std::int64_t>(at_)}; }
    std::int32_t length() const { return load_big<std::int32_t>(at_ + 8); }
    LeaderEpoch leader_epoch() const { return LeaderEpoch{load_big<std::int32_t>(at_ + 12)}; }
    std::int8_t magic() const { return static_cast<std::int8_t>(at_[16]); }
    std::uint32_t checksum() const { return load_big<std::uint32_t>(at_ + 17); }
    std::int16_t attributes() const { return load_big<std::int16_t>(at_ + 21); }
    std::int32_t last_offset_delta() const { return load_big<std::int32_t>(at_ + 23); }
    std::int64_t base_timestamp() const { return load_big<std::int64_t>(at_ + 27); }
    std::int64_t max_timestamp() const { return load_big<std::int64_t>(at_ + 35); }
    ProducerId producer_id() const { return ProducerId{load_big<std::int64_t>(at_ + 43)}; }
    ProducerEpoch producer_epoch() const { return ProducerEpoch{load_big<std::int16_t>(at_ + 51)}; }
    std::int32_t base_sequence() const { return load_big<std::int32_t>(at_ + 53); }
    std::int32_t record_count() const { return load_big<std::int32_t>(at_ + 57); }

    std::size_t size() const { return batch_prefix_size + static_cast<std::size_t>(length()); }
    Offset last_offset() const { return base_offset() + last_offset_delta(); }
    Offset next_offset() const { return last_offset() + 1; }
    std::uint8_t compression_bits() const { return static_cast<std::uint8_t>(attributes() & 7); }
    Compression compression() const { return static_cast<Compression>(compression_bits()); }
    TimestampType timestamp_type() const { return static_cast<TimestampType>(attributes() >> 3 & 1); }
    bool is_transactional() const { return (attributes() & 1 << 4) != 0; }
    bool is_control() const { return (attributes() & 1 << 5) != 0; }

  private:
    const std::uint8_t* at_;
};

// Refuses message sets of an older format, whose number lies at the same place. Errors: invalid_record.
Result<void> check_magic(ByteView bytes);

// Whether `bytes` is exactly one well-formed batch: sizes, magic, record count against last offset delta, and
// the checksum. Does not look at the records. Errors: corrupt, invalid_record.
Result<void> validate(ByteView bytes);

// Patches the two fields that lie outside the checksum.
inline void set_base_offset(ByteSpan batch, Offset offset) {
    store_big(batch.data(), offset.value);
}
inline void set_leader_epoch(ByteSpan batch, LeaderEpoch epoch) {
    store_big(batch.data() + 12, epoch.value);
}
// These two change what lies under the checksum, which is made anew.
void set_max_timestamp(ByteSpan batch, std::int64_t timestamp_ms);
void set_log_append_time(ByteSpan batch, std::int64_t now_ms);  // the attribute and the maximum timestamp

}  // namespace weir::log
