// The number that names a queue wherever it lives: given by the catalogue, and never twice.
#pragma once

#include "base/ids.hpp"

namespace weir {

using QueueId = Id<struct QueueIdTag, std::uint64_t>;

// All ids are below it: the bits above are for those who keep an id and something else in one number.
inline constexpr std::uint64_t queue_id_limit = std::uint64_t{1} << 56;

}  // namespace weir
