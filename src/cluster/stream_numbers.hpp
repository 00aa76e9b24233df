// Which stream between two nodes is for what, where it is not the one that all calls share
// (docs/formats/cluster.md): of two with the same number the newer one ends the older.
#pragma once

#include <cstdint>

namespace weir::cluster {

// To an address at which any node may answer.
inline constexpr std::uint32_t introduction_stream = 1;

}  // namespace weir::cluster
