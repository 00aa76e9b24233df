// The file beside a log's segments that says that they are damaged (docs/formats/damage.md).
#pragma once

#include "log/partition_log.hpp"

namespace weir::log {

inline constexpr std::uint64_t largest_damage_file = 64 * 1024;

Bytes encode_damage(const Damage& damage);
// That there is a file says enough: whatever it holds, the log is damaged.
Damage decode_damage(ByteView content);

// Both in one.
Damage merged(const Damage& one, const Damage& other);

}  // namespace weir::log
