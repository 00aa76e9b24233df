// The verdict on a cluster, and its nodes and partitions in words.
#include "app/cluster_view.hpp"

#include "cluster/links.hpp"

namespace weir::app {

namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

void look_at_nodes(const cluster::ClusterStatus& status, Health& health) {
    std::size_t voters = 0, there = 0, down = 0;
    for (const auto& node : status.nodes) {
        voters += node.is_voter;
        there += node.is_voter && is_up(node);
        down += node.is_registered && !is_up(node);
    }
    if (down > 0) {
        health.grade = Health::Grade::degraded;
        health.reasons.push_back(counted(down, "node is down", "nodes are down"));
    }
    if (voters > 1 && there < voters && there == voters / 2 + 1)
        health.reasons.push_back(
            fmt::format("{} of {} voters are there: without one more, the metadata can't "
                        "be changed",
                        there, voters));
}

void look_at_partitions(const cluster::PartitionCounts& counts, Health& health) {
    const auto add = [&](std::uint64_t count, Health::Grade grade, std::string_view one,
                         std::string_view many) {
        if (count == 0) return;
        health.grade = std::max(health.grade, grade);
        health.reasons.push_back(counted(count, one, many));
    };
    using enum Health::Grade;
    add(counts.leaderless, critical, "partition has no leader: it can't be read or written",
        "partitions have no leader: they can't be read or written");
    add(counts.under_min_in_sync, critical, "partition has fewer replicas in sync than min.insync.replicas",
        "partitions have fewer replicas in sync than min.insync.replicas");
    add(counts.under_replicated, degraded, "partition has replicas that are not in sync",
        "partitions have replicas that are not in sync");
}

void look_at_damage(const Damages& damages, Health& health) {
    for (const auto& [node, damage] : damages) {
        if (!damage.is_set_aside && damage.count == 0) continue;
        health.grade = std::max(health.grade, Health::Grade::degraded);
        if (damage.is_set_aside) {
            health.reasons.push_back(
                fmt::format("node {} has set a damaged store aside and is filled again", node.value));
        }
        if (damage.count > 0) {
            health.reasons.push_back(
                fmt::format("node {} has {}", node.value,
                            counted(damage.count, "replica with damage", "replicas with damage")));
        }
    }
}

std::vector<std::int32_t> numbers(const metadata::NodeList& nodes) {
    std::vector<std::int32_t> out;
    for (const auto node : nodes) out.push_back(node.value);
    return out;
}

}  // namespace

Health health_of(const cluster::ClusterStatus& status, const Damages& damages) {
    Health health;
    look_at_nodes(status, health);
    look_at_partitions(status.partitions, health);
    look_at_damage(damages, health);
    return health;
}

std::string_view name(Health::Grade grade) {
    switch (grade) {
        case Health::Grade::healthy: return "healthy";
        case Health::Grade::degraded: return "degraded";
        case Health::Grade::critical: return "critical";
    }
    return "";
}

bool is_up(const cluster::NodeStatus& node) {
    return node.is_registered && !node.node.is_fenced;
}

std::string state_of(const cluster::NodeStatus& node) {
    if (!node.is_registered) return "joining";
    const std::string_view down = node.node.is_fenced ? " (down)" : "";
    switch (node.node.drain) {
        case metadata::Drain::none: return node.node.is_fenced ? "down" : "up";
        case metadata::Drain::leaders: return fmt::format("drained of leaders{}", down);
        case metadata::Drain::replicas:
            return fmt::format("{}{}", node.replicas > 0 ? "draining" : "drained", down);
    }
    return "";
}

std::string address_of(const metadata::Node& node, std::string_view listener) {
    for (const auto& endpoint : node.endpoints) {
        if (endpoint.listener == listener) return runtime::Endpoint{endpoint.host, endpoint.port}.text();
    }
    return "";
}

std::string node_text(const metadata::NodeList& nodes) {
    return fmt::format("{}", fmt::join(numbers(nodes), ","));
}

nlohmann::json as_json(const cluster::NodeStatus& node) {
    return {{"node", node.node.id.value},
            {"state", state_of(node)},
            {"up", is_up(node)},
            {"rack", node.node.rack},
            {"address", address_of(node.node, cluster::cluster_listener)},
            {"kafka", address_of(node.node, "kafka")},
            {"voter", node.is_voter},
            {"entries_behind", node.entries_behind},
            {"leading", node.leading},
            {"replicas", node.replicas}};
}

nlohmann::json as_json(const cluster::PartitionStatus& partition) {
    const auto& state = partition.state;
    return {{"topic", partition.at.topic},          {"partition", partition.at.partition.value},
            {"leader", state.leader.value},         {"replicas", numbers(state.replicas)},
            {"in_sync", numbers(state.in_sync)},    {"adding", numbers(state.adding)},
            {"removing", numbers(state.removing())}};
}

// From the first offset that may be gone on; null: up to the log's end and beyond.
nlohmann::json as_json(const cluster::DamagedReplica& replica) {
    const bool has_end = replica.until != Offset{INT64_MAX};
    return {{"topic", replica.at.topic},
            {"partition", replica.at.partition.value},
            {"first", replica.first.value},
            {"until", has_end ? nlohmann::json(replica.until.value) : nlohmann::json(nullptr)}};
}

}  // namespace weir::app
