// Small checked structures on disk: a magic word, a version, fields, a checksum.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace weir::consensus {

// What to say of damage: which file, and where in it.
inline Error damaged(const std::string& path, std::uint64_t position, std::string_view what) {
    return {Errc::corrupt, fmt::format("{} is damaged at byte {}: {}", path, position, what)};
}

// What to do about it where nothing mends it.
inline Error without_start(Error error) {
    if (error.code != Errc::corrupt) return error;
    error.message +=
        ". Weir does not start, for it would lose metadata that it has acknowledged. Put the directory back "
        "from a copy, or, in a cluster, replace this node by a new one";
    return error;
}

// `fields` between a magic word (8 characters), a format version and a CRC-32C of all before it.
Bytes seal_block(std::string_view magic, std::uint32_t version, ByteView fields);
// The fields of a sealed block at the front of `bytes`, `size` of them. Errors: corrupt, unsupported (a newer
// version); `path` and `position` are for the message.
Result<ByteView> open_block(std::string_view magic, std::uint32_t version, ByteView bytes, std::size_t size,
                            const std::string& path, std::uint64_t position = 0);

inline constexpr std::size_t block_overhead = 8 + 4 + 4;

}  // namespace weir::consensus
