// The group of nodes that keeps the metadata log, as one node knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"

namespace weir::metadata {

struct QuorumMember {
    NodeId node;
    bool is_voter = true;
    // Up to which entry its log is known to be the leader's; only the leader knows.
    std::optional<std::uint64_t> matched;
};

struct Quorum {
    std::optional<NodeId> leader;  // as far as this node knows
    std::uint64_t term = 0;
    std::uint64_t applied = 0;  // the last entry that this node has applied
    std::vector<QuorumMember> members;
};

}  // namespace weir::metadata
