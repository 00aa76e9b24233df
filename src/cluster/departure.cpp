// The order: it says that it drains first, so that of several nodes that stop none hands over to another;
// fencing comes last, for a fenced node leads nothing.
#include "cluster/departure.hpp"

namespace weir::cluster {

namespace {

bool is_usable(const metadata::Catalogue& catalogue, NodeId node) {
    const auto* found = catalogue.node(node);
    return found != nullptr && found->is_usable();
}

bool has_usable_node(const metadata::Catalogue& catalogue, NodeId except) {
    return std::ranges::any_of(catalogue.nodes(), [&](const auto& entry) {
        return entry.first != except && entry.second.is_usable();
    });
}

}  // namespace

std::size_t movable_leaderships(const metadata::Catalogue& catalogue, NodeId node) {
    std::size_t count = 0;
    catalogue.for_each_partition_of(
        node, [&](const metadata::Topic&, PartitionId, const metadata::Partition& partition) {
            if (partition.leader != node) return;
            const auto can_take = [&](NodeId other) { return other != node && is_usable(catalogue, other); };
            if (std::ranges::any_of(partition.replicas, can_take)) ++count;
        });
    return count;
}

DepartureStep next_departure_step(const metadata::Catalogue& catalogue, const metadata::NodeStart& self,
                                  bool leads_metadata) {
    const auto* node = catalogue.node(self.node);
    if (node == nullptr || node->broker_epoch != self.broker_epoch || !has_usable_node(catalogue, self.node))
        return DepartureStep::done;
    if (node->drain == metadata::Drain::none && !node->is_fenced) return DepartureStep::drain;
    if (leads_metadata) return DepartureStep::hand_over_metadata;
    if (node->is_fenced) return DepartureStep::done;
    return movable_leaderships(catalogue, self.node) > 0 ? DepartureStep::drain : DepartureStep::fence;
}

std::optional<NodeId> metadata_successor(const metadata::Catalogue& catalogue,
                                         const std::vector<consensus::Member>& members, NodeId self,
                                         std::optional<NodeId> after) {
    std::optional<NodeId> first;
    std::optional<NodeId> next;
    for (const auto& member : members) {
        if (!member.is_voter || member.node == self || !is_usable(catalogue, member.node)) continue;
        first = std::min(first.value_or(member.node), member.node);
        if (after && member.node > *after) next = std::min(next.value_or(member.node), member.node);
    }
    return next ? next : first;
}

}  // namespace weir::cluster
