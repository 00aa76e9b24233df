// Which partitions a change of the catalogue gave to a leader that may lack committed records.
#pragma once

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

std::vector<TopicPartition> unclean_elections(const CatalogueChanges& changes);

}  // namespace weir::metadata
