// What a node that is to stop still has to do, so that nobody misses it: decided from the catalogue.
#pragma once

#include <optional>
#include <vector>

#include "consensus/metadata_log.hpp"
#include "metadata/cluster_requests.hpp"

namespace weir::cluster {

// After so long a node stops, whatever it still leads.
inline constexpr std::int64_t departure_limit_ms = 30'000;
// The same if nobody leads the metadata meanwhile, who could take anything over.
inline constexpr std::int64_t leaderless_limit_ms = 5'000;

// Once it leads nothing any more it goes on for so long, to tell clients that ask it where to go.
inline constexpr std::int64_t farewell_ms = 500;

enum class DepartureStep {
    hand_over_metadata,  // another node is to lead the metadata
    drain,               // others are to lead this node's partitions
    fence,               // nobody waits for this node any more
    done,
};

// What follows for the start `self`, once the catalogue has what was asked for before. A cluster whose other
// nodes are all away or stopping, too, has nobody to hand over to.
DepartureStep next_departure_step(const metadata::Catalogue& catalogue, const metadata::NodeStart& self,
                                  bool leads_metadata);

// The partitions that `node` leads, and of which another node that can be used has a replica.
std::size_t movable_leaderships(const metadata::Catalogue& catalogue, NodeId node);

// Who may lead the metadata in the place of `self`, a voter that can be used; `after`: not that one but the
// next in turn, since it has not taken over.
std::optional<NodeId> metadata_successor(const metadata::Catalogue& catalogue,
                                         const std::vector<consensus::Member>& members, NodeId self,
                                         std::optional<NodeId> after);

}  // namespace weir::cluster
