// Makes record batches for tests: right in structure and checksum, with records that only tests can read.
#pragma once

#include "log/batch_format.hpp"
#include "log/partition_log.hpp"

namespace weir::test {

struct BatchSpec {
    std::int32_t records = 1;
    std::size_t bytes = 20;  // of records
    std::uint64_t seed = 0;  // what the records hold
    std::int64_t timestamp_ms = 1000;
    ProducerId producer = no_producer;
    ProducerEpoch epoch{-1};
    std::int32_t sequence = -1;
};

Bytes make_batch(const BatchSpec& spec);
// The same, ready to append.
log::SharedSpan shared_batch(const BatchSpec& spec);
// Of bytes of its own.
log::SharedSpan shared(Bytes bytes);

}  // namespace weir::test
