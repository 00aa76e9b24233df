// Replicas as requests and responses list them.
#pragma once

#include <vector>

#include "metadata/partition.hpp"

namespace weir::kafka {

// Errors: invalid_assignment: too many for one partition, or numbers that no node has.
inline Result<metadata::NodeList> node_list(const std::vector<NodeId>& nodes) {
    if (nodes.size() > metadata::max_replicas) {
        return Error{Errc::invalid_assignment,
                     fmt::format("a partition has {} replicas at most", metadata::max_replicas)};
    }
    if (std::ranges::any_of(nodes, [](NodeId node) { return node.value < 0; }))
        return Error{Errc::invalid_assignment, "a node's number is 0 or greater"};
    return metadata::NodeList{nodes.begin(), nodes.end()};
}

// As a response lists them.
inline std::vector<NodeId> as_vector(const metadata::NodeList& nodes) {
    return {nodes.begin(), nodes.end()};
}

}  // namespace weir::kafka
