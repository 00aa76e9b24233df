// Where partitions begin and end, and which offset a moment has.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "client/connection.hpp"

namespace weir::client {

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;

    auto operator<=>(const TopicPartition&) const = default;
    std::string text() const { return topic + ":" + std::to_string(partition); }
};

using Offsets = std::map<TopicPartition, Offset>;

// Special moments of list_offsets().
inline constexpr std::int64_t latest = -1, earliest = -2;

// For each partition the first offset whose record is not older than `timestamp_ms` (the end if all are
// older), or its first offset, or the offset after its last. Errors: timed_out, not_found.
Result<Offsets> list_offsets(const Connection& connection, const std::vector<TopicPartition>& partitions,
                             std::int64_t timestamp_ms);

}  // namespace weir::client
