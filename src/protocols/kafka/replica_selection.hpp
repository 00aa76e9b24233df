// Which replica a consumer shall read from, by where it stands (KIP-392).
#pragma once

#include <optional>
#include <string_view>

#include "metadata/catalogue.hpp"

namespace weir::kafka {

// A replica in sync that stands in `rack` while the leader, this node, stands elsewhere; those in one rack
// share the partitions. Nothing: read from the leader. Pure.
std::optional<NodeId> replica_in_rack(const metadata::Catalogue& catalogue,
                                      const metadata::Partition& partition, PartitionId number,
                                      std::string_view rack);

}  // namespace weir::kafka
