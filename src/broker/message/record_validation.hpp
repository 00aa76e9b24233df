// What a broker must refuse in a batch that a client produces, beyond its header and checksum.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "broker/message/compression.hpp"

namespace weir::message {

struct RecordRules {
    bool keys_required = false;  // a compacted topic
    std::int64_t earliest_timestamp_ms = std::numeric_limits<std::int64_t>::min();
    std::int64_t latest_timestamp_ms = std::numeric_limits<std::int64_t>::max();
    bool inspect_compressed = false;  // unpack compressed batches; keys_required implies it
    std::size_t unpacked_limit = max_unpacked_bytes;
};

// One record that broke a rule.
struct RecordFault {
    std::int32_t index = 0;  // within the batch, from 0
    std::string text;
};
inline constexpr std::size_t max_record_faults = 100;  // listed; one is enough to refuse the batch

// Checks a client's batch, whose header and checksum log::validate() has passed: no control batch, sequence
// and producer agree, a known codec, consecutive offsets, each record's structure, keys and timestamps. The
// records that broke a rule are added to `faults`. Compressed batches are unpacked only where the rules ask
// for it; else their header's timestamps are checked. Gives the greatest timestamp of the records, which the
// header may have wrong; nothing if they were not looked at. Errors: invalid_record, invalid_timestamp,
// unsupported_compression, corrupt, batch_too_large.
Result<std::optional<std::int64_t>> validate_records(ByteView batch, const RecordRules& rules,
                                                     std::vector<RecordFault>& faults);

}  // namespace weir::message
