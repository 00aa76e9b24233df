// The queue logs' replicas, as the cluster grows.
#pragma once

#include "metadata/cluster_requests.hpp"

namespace weir::broker {

// Reassignments by which each queue log that has fewer replicas than the setting weir.queues.replicas wants,
// and than there are usable nodes, gets more. It keeps those that it has; the preferred leaders are spread
// over the nodes. Those that are being reassigned are left alone.
std::vector<metadata::ReassignPartitions::Item> grow_queue_logs(const metadata::Catalogue& catalogue);

}  // namespace weir::broker
