// Decisions about nodes: their registration, fencing, draining and removal, and what these do to partitions.
#include "base/assert.hpp"
#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

namespace {

Result<void> check_node(const Node& node) {
    const auto wrong = [](std::string_view what) { return Error{Errc::invalid_argument, std::string{what}}; };
    if (node.id.value < 0) return wrong("a node's id is a number from 0 on");
    if (node.endpoints.size() > max_node_endpoints) return wrong("a node has too many listeners");
    if (node.rack.size() > max_node_text_bytes) return wrong("a node's rack has too long a name");
    for (const auto& endpoint : node.endpoints) {
        if (endpoint.listener.size() > max_node_text_bytes || endpoint.host.size() > max_node_text_bytes) {
            return wrong("a listener's name and host have at most 255 characters");
        }
    }
    return {};
}

Error no_node_of(NodeId node) {
    return {Errc::not_found, fmt::format("there is no node {}", node.value)};
}

// What the commands so far come to, and the partitions that follow from it.
struct Followed {
    std::vector<Command> commands;
    bool is_complete = true;
};
Followed with_partitions(const Catalogue& catalogue, std::vector<Command> commands,
                         std::initializer_list<NodeId> nodes) {
    auto next = catalogue;
    for (const auto& command : commands) {
        const auto applied = next.apply(command);
        ASSERT(applied);
    }
    PartitionChanges changes{next};
    changes.settle(nodes);
    Followed out{std::move(commands), !changes.is_full()};
    for (auto& command : std::move(changes).commands()) out.commands.push_back(std::move(command));
    return out;
}

Result<void> check_registration(const Catalogue& catalogue, const Node& node) {
    if (auto good = check_node(node); !good) return good;
    if (catalogue.removed_nodes().contains(node.id)) {
        return Error{Errc::already_exists,
                     fmt::format("node {} was removed from the cluster, and its id is not given again: start "
                                 "with a new id and an empty data directory",
                                 node.id.value)};
    }
    const auto* known = catalogue.node(node.id);
    if (known == nullptr) {
        if (catalogue.nodes().size() + catalogue.removed_nodes().size() < max_nodes) return {};
        return Error{Errc::limit_exceeded, fmt::format("there can be no more than {} nodes", max_nodes)};
    }
    if (!known->has_lease() || known->incarnation == node.incarnation) return {};
    return Error{Errc::already_exists,
                 fmt::format("node {} is registered with another data directory: a node that has lost its "
                             "own comes back under a new id, and the old one is drained and removed",
                             node.id.value)};
}

// The node that a request is about, as long as it means the start that counts.
Result<const Node*> leased_node(const Catalogue& catalogue, const NodeStart& start) {
    const auto* node = catalogue.node(start.node);
    if (node == nullptr) return no_node_of(start.node);
    if (!node->has_lease())
        return Error{Errc::invalid_argument, "the only node of a cluster has no lease and is not fenced"};
    if (node->broker_epoch != start.broker_epoch) {
        return Error{Errc::stale_broker_epoch,
                     fmt::format("node {} is at broker epoch {}, not {}", start.node.value,
                                 node->broker_epoch.value, start.broker_epoch.value)};
    }
    return node;
}

// Whether the replicas of each partition on `node` would find room on the others.
Result<void> check_room_elsewhere(const Catalogue& catalogue, NodeId node) {
    std::size_t most = 0;
    catalogue.for_each_partition_of(node, [&](const Topic&, PartitionId, const Partition& partition) {
        most = std::max(most, partition.original().size());
    });
    const auto others =
        static_cast<std::size_t>(std::ranges::count_if(catalogue.nodes(), [&](const auto& entry) {
            return entry.first != node && entry.second.drain == Drain::none;
        }));
    if (most <= others) return {};
    return Error{
        Errc::invalid_replication,
        fmt::format("node {} has partitions of {} replicas, and there {} only {} other {}: add nodes or "
                    "lower the number of replicas",
                    node.value, most, others == 1 ? "is" : "are", others, others == 1 ? "node" : "nodes")};
}

}  // namespace

Result<Decision<RegisterNode::Reply>> decide(const Catalogue& catalogue, const RegisterNode& request) {
    if (auto good = check_registration(catalogue, request.node); !good) return good.error();
    const auto* known = catalogue.node(request.node.id);
    Node node{.id = request.node.id,
              .rack = request.node.rack,
              .endpoints = request.node.endpoints,
              .incarnation = request.node.incarnation};
    if (node.has_lease()) {
        node.broker_epoch = BrokerEpoch{known != nullptr ? known->broker_epoch.value + 1 : 1};
        node.is_fenced = true;
        node.started_unclean = known != nullptr && !request.is_clean;
        if (known != nullptr && known->drain == Drain::replicas) node.drain = Drain::replicas;
    } else if (known != nullptr && *known == node) {
        return Decision<RegisterNode::Reply>{{}, {node.broker_epoch}};
    }
    auto followed = with_partitions(catalogue, {NodeChanged{node}}, {node.id});
    return Decision<RegisterNode::Reply>{std::move(followed.commands), {node.broker_epoch}};
}

Result<Decision<FenceNode::Reply>> decide(const Catalogue& catalogue, const FenceNode& request) {
    const auto known = leased_node(catalogue, request.start);
    if (!known) return known.error();
    std::vector<Command> commands;
    if (!(*known)->is_fenced) {
        auto node = **known;
        node.is_fenced = true;
        commands.emplace_back(NodeChanged{std::move(node)});
    }
    auto followed = with_partitions(catalogue, std::move(commands), {request.start.node});
    return Decision<FenceNode::Reply>{std::move(followed.commands), {followed.is_complete}};
}

Result<Decision<UnfenceNode::Reply>> decide(const Catalogue& catalogue, const UnfenceNode& request) {
    const auto known = leased_node(catalogue, request.start);
    if (!known) return known.error();
    auto left = with_partitions(catalogue, {}, {request.start.node});
    if (!left.commands.empty() || !(*known)->is_fenced)
        return Decision<UnfenceNode::Reply>{std::move(left.commands), {!(*known)->is_fenced}};
    auto node = **known;
    node.is_fenced = node.started_unclean = false;
    auto followed = with_partitions(catalogue, {NodeChanged{std::move(node)}}, {request.start.node});
    return Decision<UnfenceNode::Reply>{std::move(followed.commands), {followed.is_complete}};
}

DrainProgress drain_progress(const Catalogue& catalogue, NodeId node) {
    DrainProgress out{.leading = 0, .replicas = catalogue.replicas_of(node).replicas};
    catalogue.for_each_partition_of(node, [&](const Topic&, PartitionId, const Partition& partition) {
        if (partition.leader == node) ++out.leading;
    });
    return out;
}

Result<Decision<DrainNode::Reply>> decide(const Catalogue& catalogue, const DrainNode& request) {
    const auto* known = catalogue.node(request.node);
    if (known == nullptr) return no_node_of(request.node);
    if (request.drain == Drain::replicas) {
        if (auto room = check_room_elsewhere(catalogue, request.node); !room) return room.error();
    }
    std::vector<Command> commands;
    if (known->drain != request.drain) {
        auto node = *known;
        node.drain = request.drain;
        commands.emplace_back(NodeChanged{std::move(node)});
    }
    auto followed = with_partitions(catalogue, std::move(commands), {request.node});
    auto next = catalogue;
    for (const auto& command : followed.commands) {
        const auto applied = next.apply(command);
        ASSERT(applied);
    }
    return Decision<DrainNode::Reply>{std::move(followed.commands), drain_progress(next, request.node)};
}

Result<Decision<RemoveNode::Reply>> decide(const Catalogue& catalogue, const RemoveNode& request) {
    const auto* known = catalogue.node(request.node);
    if (known == nullptr) return no_node_of(request.node);
    if (known->is_usable()) {
        return Error{Errc::invalid_argument,
                     fmt::format("node {} is in use: drain it of its replicas first", request.node.value)};
    }
    if (const auto left = catalogue.replicas_of(request.node).replicas; left != 0) {
        return Error{Errc::invalid_argument,
                     fmt::format("node {} still has {} replicas: drain it, and wait until they are elsewhere",
                                 request.node.value, left)};
    }
    Decision<RemoveNode::Reply> out;
    BrokerSettingsChanged settings{.node = request.node};
    for (const auto& [name, unused] : catalogue.broker_overrides(request.node))
        settings.edits.emplace_back(name, std::nullopt);
    if (!settings.edits.empty()) out.commands.emplace_back(std::move(settings));
    out.commands.emplace_back(NodeRemoved{request.node});
    return out;
}

}  // namespace weir::metadata
