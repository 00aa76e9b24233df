// The codecs of a batch's records: gzip, snappy (raw and in Java's blocks), lz4 frames and zstd.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "log/batch_format.hpp"

namespace weir::message {

// What one batch may unpack to where the caller has no reason for another bound: a little more than the
// largest request, and far below what a crafted batch of a few KiB can ask for.
inline constexpr std::size_t max_unpacked_bytes = std::size_t{128} << 20;

// Unpacks `packed` to at most `limit` bytes; never holds more than that. Compression::none copies.
// Errors: corrupt; batch_too_large (it unpacks to more); unsupported_compression (no such codec).
Result<Bytes> decompress(log::Compression codec, ByteView packed, std::size_t limit = max_unpacked_bytes);

// Packs with the codec's usual level. `plain` must be smaller than 2 GiB.
Bytes compress(log::Compression codec, ByteView plain);

}  // namespace weir::message
