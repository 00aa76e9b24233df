// Finds a log's records by time, for readers that seek to a moment.
#pragma once

#include <optional>

#include "log/partition_log.hpp"

namespace weir::message {

// The first record at or after `timestamp_ms` that may be read; nothing if there is none. Blocks. Errors:
// those of the log and of RecordReader.
Result<std::optional<log::TimestampedOffset>> find_time(log::PartitionLog& log, std::int64_t timestamp_ms);
// The record with the greatest timestamp, the first of equals.
Result<std::optional<log::TimestampedOffset>> find_greatest_time(log::PartitionLog& log);

}  // namespace weir::message
