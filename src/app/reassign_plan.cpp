// Explicit nodes are taken in turn; a number of replicas keeps what is there and adds what has the least.
#include "app/reassign_plan.hpp"

#include <set>

namespace weir::app {

namespace {

using metadata::NodeList;
using metadata::Partition;

// The nodes in turn, so that each leads some of the partitions.
NodeList rotated(const std::vector<NodeId>& nodes, std::size_t by, std::size_t count) {
    NodeList out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(nodes[(by + i) % nodes.size()]);
    return out;
}

// The replicas in the order in which they are worth keeping: who leads, who is in sync, the rest.
NodeList by_worth(const Partition& partition) {
    const auto worth = [&](NodeId node) {
        return node == partition.leader ? 2 : metadata::contains(partition.in_sync, node) ? 1 : 0;
    };
    NodeList out;
    for (const int wanted : {2, 1, 0})
        std::ranges::copy_if(partition.original(), std::back_inserter(out),
                             [&](NodeId node) { return worth(node) == wanted; });
    return out;
}

class Chooser {
  public:
    explicit Chooser(const std::vector<cluster::NodeStatus>& nodes) {
        for (const auto& node : nodes) {
            if (!node.is_registered) continue;
            racks_[node.node.id] = node.node.rack;
            if (node.node.is_usable()) replicas_[node.node.id] = node.replicas;
        }
    }
    std::size_t usable() const { return replicas_.size(); }

    NodeList choose(const Partition& partition, std::size_t count) {
        auto chosen = by_worth(partition);
        if (chosen.size() > count) chosen.resize(count);
        if (chosen.size() == partition.original().size() && count == chosen.size())
            return partition.original();
        while (chosen.size() < count) {
            const auto next = next_to(chosen);
            if (!next) break;
            ++replicas_[*next];
            chosen.push_back(*next);
        }
        return in_old_order(partition, chosen);
    }

  private:
    // One more rack is worth more than an even load.
    std::optional<NodeId> next_to(const NodeList& chosen) const {
        std::optional<std::tuple<bool, std::uint64_t, NodeId>> best;
        for (const auto& [node, replicas] : replicas_) {
            if (metadata::contains(chosen, node)) continue;
            const std::tuple candidate{has_rack(chosen, racks_.at(node)), replicas, node};
            if (!best || candidate < *best) best = candidate;
        }
        return best ? std::optional{std::get<NodeId>(*best)} : std::nullopt;
    }
    bool has_rack(const NodeList& nodes, const std::string& rack) const {
        return std::ranges::any_of(nodes, [&](NodeId node) {
            const auto found = racks_.find(node);
            return found != racks_.end() && found->second == rack;
        });
    }
    // Preferred leaders stay what they are, where they stay at all.
    static NodeList in_old_order(const Partition& partition, const NodeList& chosen) {
        const auto original = partition.original();
        auto out = metadata::kept(original, [&](NodeId node) { return metadata::contains(chosen, node); });
        std::ranges::copy_if(chosen, std::back_inserter(out),
                             [&](NodeId node) { return !metadata::contains(original, node); });
        return out;
    }

    std::map<NodeId, std::string> racks_;
    std::map<NodeId, std::uint64_t> replicas_;  // of those that take new ones
};

Result<void> check(const ReassignWish& wish, const Chooser& chooser) {
    const std::set<NodeId> distinct{wish.to.begin(), wish.to.end()};
    if (distinct.size() != wish.to.size()) return Error{Errc::invalid_argument, "--to names a node twice"};
    const auto most = wish.to.empty() ? chooser.usable() : wish.to.size();
    if (wish.replicas.value_or(0) <= most) return {};
    return Error{
        Errc::invalid_replication,
        wish.to.empty()
            ? fmt::format("{} replicas need as many nodes that take replicas, and there are {}",
                          *wish.replicas, most)
            : fmt::format("--to names {} nodes, and {} replicas need as many", most, *wish.replicas)};
}

}  // namespace

Result<std::vector<metadata::ReassignPartitions::Item>> plan_reassignment(
    const std::vector<cluster::NodeStatus>& nodes, const std::vector<cluster::PartitionStatus>& partitions,
    const ReassignWish& wish) {
    Chooser chooser{nodes};
    if (auto good = check(wish, chooser); !good) return good.error();
    std::vector<metadata::ReassignPartitions::Item> items;
    bool is_found = false;
    for (const auto& partition : partitions) {
        const auto number = partition.at.partition;
        if (wish.partition && *wish.partition != number) continue;
        is_found = true;
        const auto count = wish.replicas.value_or(wish.to.size());
        auto target = wish.to.empty() ? chooser.choose(partition.state, count)
                                      : rotated(wish.to, static_cast<std::size_t>(number.value), count);
        const auto heads_for =
            partition.state.is_reassigning() ? partition.state.target : partition.state.original();
        if (target != heads_for) items.push_back({partition.at, std::move(target)});
    }
    if (is_found) return items;
    return Error{Errc::not_found, "there is no such partition"};
}

}  // namespace weir::app
