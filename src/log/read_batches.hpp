// Reads a log's batches in order, a slice at a time: for state machines that are made from their log.
#pragma once

#include <functional>

#include "log/partition_log.hpp"
#include "log/segment_reader.hpp"

namespace weir::log {

// Gives `visit` the whole, checked batches from `from` on, about `slice_bytes` of them but at least one, and
// none behind `end`. Blocks. Errors: those of the log and of `visit`; corrupt where there is no whole batch.
Result<void> read_batches(PartitionLog& log, Offset from, Offset end, std::size_t slice_bytes,
                          const std::function<Result<void>(const StoredBatch&)>& visit);

}  // namespace weir::log
