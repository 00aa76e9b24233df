// The members of the metadata log's group as bytes, the form in which the engine keeps them in its entries.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "consensus/metadata_log.hpp"

namespace weir::consensus {

inline constexpr std::size_t max_members = 64;
inline constexpr std::size_t max_address_bytes = 255;
inline constexpr std::size_t max_members_bytes = 32 * 1024;

Bytes encode_members(const std::vector<Member>& members);
// Takes exactly what encode_members() makes. Errors: corrupt.
Result<std::vector<Member>> decode_members(ByteView bytes);
// Whether there are not too many, no two with the same number or address, and no overlong address.
Result<void> check_members(const std::vector<Member>& members);

// The engine counts its servers from 1.
inline std::uint64_t engine_id(NodeId node) {
    return static_cast<std::uint64_t>(node.value) + 1;
}
inline NodeId node_of(std::uint64_t id) {
    return NodeId{static_cast<std::int32_t>(id - 1)};
}

}  // namespace weir::consensus
