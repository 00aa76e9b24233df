// The choice by rack.
#include "protocols/kafka/replica_selection.hpp"

namespace weir::kafka {

namespace {

bool stands_in(const metadata::Catalogue& catalogue, NodeId id, std::string_view rack) {
    const auto* node = catalogue.node(id);
    return node != nullptr && !node->is_fenced && node->rack == rack;
}

}  // namespace

std::optional<NodeId> replica_in_rack(const metadata::Catalogue& catalogue,
                                      const metadata::Partition& partition, PartitionId number,
                                      std::string_view rack) {
    if (rack.empty() || !catalogue.broker_settings().selects_replica_by_rack) return std::nullopt;
    if (stands_in(catalogue, partition.leader, rack)) return std::nullopt;
    const auto there =
        metadata::kept(partition.in_sync, [&](NodeId node) { return stands_in(catalogue, node, rack); });
    if (there.empty()) return std::nullopt;
    return there[static_cast<std::size_t>(number.value) % there.size()];
}

}  // namespace weir::kafka
