// What Prometheus is told of the cluster, of topics and their partitions, and of consumer groups.
#pragma once

#include "protocols/management/metric_families.hpp"
#include "protocols/management/metrics.hpp"

namespace weir::management {

void add_cluster_metrics(Families& out, Services& services);
// Of the replicas on this node.
void add_topic_metrics(Families& out, Services& services, MetricsDetail detail);
// Of the groups that this node looks after. Waits for their shards.
void add_group_metrics(Families& out, Services& services, MetricsDetail detail);

}  // namespace weir::management
