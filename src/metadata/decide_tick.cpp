// What the controller does by itself: fencing and unfencing, settling what is left over, draining,
// rebalancing.
#include "base/assert.hpp"
#include "metadata/cluster_requests.hpp"
#include "metadata/placement.hpp"

namespace weir::metadata {

namespace {

constexpr std::size_t max_moved_leaders = 500;     // by one step of rebalancing
constexpr std::size_t max_moving_partitions = 50;  // off one node at once

using TickDecision = Decision<ControllerTick::Reply>;

const Node* same_start(const Catalogue& catalogue, const NodeStart& start) {
    const auto* node = catalogue.node(start.node);
    return node != nullptr && node->has_lease() && node->broker_epoch == start.broker_epoch ? node : nullptr;
}

// Whether a fenced node has left all that it must leave.
bool is_settled(const Catalogue& catalogue, NodeId node) {
    PartitionChanges changes{catalogue};
    changes.settle({{node}});
    return changes.empty();
}

// Those to be fenced and unfenced; `settle` is set if one must wait because its fencing has something left
// over.
std::vector<Node> changed_nodes(const Catalogue& catalogue, const ControllerTick& tick, bool& settle) {
    std::vector<Node> out;
    for (const auto& start : tick.lost) {
        const auto* node = same_start(catalogue, start);
        if (node == nullptr || node->is_fenced) continue;
        out.push_back(*node);
        out.back().is_fenced = true;
    }
    for (const auto& start : tick.back) {
        const auto* node = same_start(catalogue, start);
        if (node == nullptr || !node->is_fenced) continue;
        if (!is_settled(catalogue, start.node)) {
            settle = true;
            continue;
        }
        out.push_back(*node);
        out.back().is_fenced = out.back().started_unclean = false;
    }
    return out;
}

TickDecision change_nodes(const Catalogue& catalogue, const std::vector<Node>& nodes) {
    TickDecision out;
    auto next = catalogue;
    std::vector<NodeId> ids;
    for (const auto& node : nodes) {
        ids.push_back(node.id);
        out.commands.emplace_back(NodeChanged{node});
        const auto applied = next.apply(out.commands.back());
        ASSERT(applied);
    }
    PartitionChanges changes{next};
    changes.settle(ids);
    out.reply.settle = changes.is_full();
    for (auto& command : std::move(changes).commands()) out.commands.push_back(std::move(command));
    return out;
}

PartitionChanges settle_all(const Catalogue& catalogue) {
    std::vector<NodeId> ids;
    for (const auto& [id, unused] : catalogue.nodes()) ids.push_back(id);
    PartitionChanges changes{catalogue};
    changes.settle(ids);
    return changes;
}

TickDecision with_rest(PartitionChanges changes, ControllerTick rest) {
    return {std::move(changes).commands(), std::move(rest)};
}

// The partition's replicas with another node in the place of `leaving`; none: there is none.
std::optional<NodeList> replaced(const Partition& partition, NodeId leaving, Placer& placer) {
    const auto others = kept(partition.replicas, [&](NodeId node) { return node != leaving; });
    const auto instead = placer.one_more(others);
    if (!instead) return std::nullopt;
    auto target = partition.replicas;
    std::ranges::replace(target, leaving, *instead);
    return target;
}

void move_off(const Catalogue& catalogue, NodeId leaving, std::size_t most, Placer& placer,
              PartitionChanges& changes) {
    std::size_t moving = 0;
    const auto count = [&](const Topic&, PartitionId, const Partition& partition) {
        if (partition.is_reassigning()) ++moving;
    };
    catalogue.for_each_partition_of(leaving, count);
    catalogue.for_each_partition_of(
        leaving, [&](const Topic& topic, PartitionId number, const Partition& partition) {
            if (partition.is_reassigning() || moving >= most || changes.is_full()) return;
            const auto target = replaced(partition, leaving, placer);
            if (!target) return;
            auto wanted = partition;
            wanted.target = *target;
            wanted.adding = kept(*target, [&](NodeId node) { return !contains(partition.replicas, node); });
            wanted.replicas.insert(wanted.replicas.end(), wanted.adding.begin(), wanted.adding.end());
            if (wanted.replicas.size() > max_replicas || !changes.add(topic, number, std::move(wanted)))
                return;
            ++moving;
        });
}

}  // namespace

PartitionChanges decide_rebalance(const Catalogue& catalogue, std::size_t most) {
    PartitionChanges changes{catalogue};
    for (const auto& [id, node] : catalogue.nodes()) {
        if (!node.is_usable()) continue;
        catalogue.for_each_partition_of(
            id, [&](const Topic& topic, PartitionId number, const Partition& partition) {
                if (changes.count() >= most || changes.is_full()) return;
                if (partition.replicas.front() != id || partition.leader == id || partition.leader == no_node)
                    return;
                if (!contains(partition.in_sync, id)) return;
                auto wanted = partition;
                wanted.leader = id;
                (void)changes.add(topic, number, std::move(wanted));
            });
    }
    return changes;
}

PartitionChanges decide_moves(const Catalogue& catalogue, std::size_t most) {
    PartitionChanges changes{catalogue};
    std::optional<Placer> placer;
    for (const auto& [id, node] : catalogue.nodes()) {
        if (node.drain != Drain::replicas) continue;
        if (!placer) placer.emplace(catalogue, nullptr, 0);
        move_off(catalogue, id, most, *placer, changes);
        if (!changes.empty()) break;  // another node may share partitions with this one: its turn is next
    }
    return changes;
}

Result<TickDecision> decide(const Catalogue& catalogue, const ControllerTick& tick) {
    bool settle = tick.settle;
    const auto nodes = changed_nodes(catalogue, tick, settle);
    if (!nodes.empty()) {
        auto out = change_nodes(catalogue, nodes);
        out.reply.settle |= settle;
        out.reply.drain = tick.drain;
        out.reply.rebalance = tick.rebalance;
        return out;
    }
    if (settle) {
        auto changes = settle_all(catalogue);
        if (!changes.empty()) {
            const auto is_full = changes.is_full();
            return with_rest(std::move(changes),
                             {.settle = is_full, .drain = tick.drain, .rebalance = tick.rebalance});
        }
    }
    if (tick.drain) {
        auto changes = decide_moves(catalogue, max_moving_partitions);
        if (!changes.empty())
            return with_rest(std::move(changes), {.drain = true, .rebalance = tick.rebalance});
    }
    if (tick.rebalance) return with_rest(decide_rebalance(catalogue, max_moved_leaders), {});
    return TickDecision{};
}

}  // namespace weir::metadata
