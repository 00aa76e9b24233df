// CRC-32C (Castagnoli), as record batches, the journal and the metadata log use it. RFC 3720 appendix B.4.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace weir {

// The checksum of `bytes`; `seed` is the checksum of what came before, 0 for none.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

}  // namespace weir
