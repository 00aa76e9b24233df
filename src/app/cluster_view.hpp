// What commands say of a cluster: a verdict, and words and JSON for nodes and partitions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>

#include "cluster/status_messages.hpp"

namespace weir::app {

struct Health {
    enum class Grade { healthy, degraded, critical } grade = Grade::healthy;
    std::vector<std::string> reasons;  // sentences; none if it is healthy
};
// By node; nothing of those that do not tell.
using Damages = std::map<NodeId, cluster::NodeDamage>;
// critical: something can't be read or written; degraded: one more loss may make it so.
Health health_of(const cluster::ClusterStatus& status, const Damages& damages);
std::string_view name(Health::Grade grade);

bool is_up(const cluster::NodeStatus& node);
// "up", "down", "draining", "drained", "handing over its leaders", "joining".
std::string state_of(const cluster::NodeStatus& node);
// Where others reach it; empty if it has no such listener.
std::string address_of(const metadata::Node& node, std::string_view listener);
// "1, 2, 3"
std::string node_text(const metadata::NodeList& nodes);

nlohmann::json as_json(const cluster::NodeStatus& node);
nlohmann::json as_json(const cluster::PartitionStatus& partition);
nlohmann::json as_json(const cluster::DamagedReplica& replica);

}  // namespace weir::app
