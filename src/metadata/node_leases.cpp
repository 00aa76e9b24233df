// A lease per node: renewed by heartbeats, cut short by a broken connection.
#include "metadata/node_leases.hpp"

namespace weir::metadata {

void NodeLeases::start(const Catalogue& catalogue, std::int64_t now_ms) {
    leases_.clear();
    for (const auto& [id, node] : catalogue.nodes()) {
        if (node.has_lease() && !node.is_fenced)
            leases_[id] = {.broker_epoch = node.broker_epoch, .ends_ms = now_ms + options_.session_ms};
    }
}

bool NodeLeases::heard(const Catalogue& catalogue, const Heartbeat& heartbeat, std::int64_t now_ms) {
    const auto* node = catalogue.node(heartbeat.start.node);
    if (node == nullptr || !node->has_lease() || node->broker_epoch != heartbeat.start.broker_epoch)
        return false;
    auto& lease = leases_[node->id];
    if (lease.broker_epoch != node->broker_epoch) lease = {.broker_epoch = node->broker_epoch};
    if (std::exchange(lease.is_said_to_be_over, false))
        lease.distrust_until_ms = now_ms + options_.distrust_ms;
    lease.ends_ms = now_ms + options_.session_ms;
    lease.is_ready = heartbeat.is_ready;
    lease.is_stopping = heartbeat.is_stopping;
    return true;
}

void NodeLeases::connection_broken(NodeId node, std::int64_t now_ms) {
    const auto at = leases_.find(node);
    if (at == leases_.end()) return;
    at->second.ends_ms = std::min(at->second.ends_ms, now_ms + options_.broken_connection_ms);
}

void NodeLeases::process_ended(const NodeStart& start, std::int64_t now_ms) {
    const auto at = leases_.find(start.node);
    if (at == leases_.end() || at->second.broker_epoch != start.broker_epoch) return;
    if (now_ms < at->second.distrust_until_ms) return;
    at->second.ends_ms = std::min(at->second.ends_ms, now_ms);
    at->second.is_said_to_be_over = true;
}

const NodeLeases::Lease* NodeLeases::lease_of(const Node& node) const {
    const auto at = leases_.find(node.id);
    return at != leases_.end() && at->second.broker_epoch == node.broker_epoch ? &at->second : nullptr;
}

std::vector<NodeStart> NodeLeases::lost(const Catalogue& catalogue, std::int64_t now_ms) const {
    std::vector<NodeStart> out;
    for (const auto& [id, node] : catalogue.nodes()) {
        if (!node.has_lease() || node.is_fenced) continue;
        const auto* lease = lease_of(node);
        if (lease == nullptr || lease->is_stopping || lease->ends_ms <= now_ms)
            out.push_back({id, node.broker_epoch});
    }
    return out;
}

std::vector<NodeStart> NodeLeases::back(const Catalogue& catalogue, std::int64_t now_ms) const {
    std::vector<NodeStart> out;
    for (const auto& [id, node] : catalogue.nodes()) {
        if (!node.has_lease() || !node.is_fenced) continue;
        const auto* lease = lease_of(node);
        if (lease != nullptr && lease->is_ready && !lease->is_stopping && lease->ends_ms > now_ms)
            out.push_back({id, node.broker_epoch});
    }
    return out;
}

}  // namespace weir::metadata
