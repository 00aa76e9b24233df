// The rules by which a partition follows its nodes: who stays in sync, who may lead, who leads, and when a
// reassignment is done.
#pragma once

#include "metadata/catalogue.hpp"

namespace weir::metadata {

// What the rules go by.
struct ElectionRules {
    const NodeMap& nodes;
    std::int32_t min_insync_replicas = 1;
    bool allows_unclean_leader = false;
    bool is_page_cache = false;  // what was acknowledged may be lost with the system, and only then
    NodeId damaged = no_node;    // whose log does not hold what it had: it is counted out

    bool is_live(NodeId node) const;        // registered and not fenced
    bool may_take_over(NodeId node) const;  // and not being drained
    bool is_trusted(NodeId node) const;     // has all that it has acknowledged
};
ElectionRules rules_for(const Catalogue& catalogue, const Topic& topic);

// What becomes of `wanted`, a change of `before` in anything but epochs. Fenced nodes leave the in-sync set;
// a finished reassignment takes effect; a leader that can't stay is followed by the first in-sync replica,
// else the first eligible one, else (unclean, where allowed) any live one, else by none; what leaves the
// in-sync set while that is smaller than min.insync.replicas stays eligible (KIP-966). A damaged replica is
// neither, and begins a leader epoch, so that no leader counts on what it had. Epochs are counted. Otherwise
// equal to `before` if nothing changes; settling once more changes nothing.
Partition settled(const Partition& before, Partition wanted, const ElectionRules& rules);

}  // namespace weir::metadata
