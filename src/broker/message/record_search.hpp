// Finds records by time inside one batch, as a reader that seeks to a time needs it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "broker/message/compression.hpp"
#include "log/partition_log.hpp"

namespace weir::message {

// Both look inside compressed batches. Errors: those of RecordReader.

// The first record of `batch` whose timestamp is `timestamp_ms` or later; nothing if there is none (the next
// batch may have one: a producer's batch header can promise more than its records keep).
Result<std::optional<log::TimestampedOffset>> find_first_at_or_after(
    ByteView batch, std::int64_t timestamp_ms, std::size_t unpacked_limit = max_unpacked_bytes);

// The record with the greatest timestamp, the first of equals; nothing if the batch has no records.
Result<std::optional<log::TimestampedOffset>> find_greatest_timestamp(
    ByteView batch, std::size_t unpacked_limit = max_unpacked_bytes);

}  // namespace weir::message
