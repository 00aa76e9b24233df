// Nodes and their Kafka listeners, from the catalogue.
#include "protocols/kafka/cluster_view.hpp"

#include "protocols/kafka/environment.hpp"

namespace weir::kafka {

namespace {

std::optional<NodeView> view_of(const metadata::Node& node) {
    for (const auto& endpoint : node.endpoints) {
        if (endpoint.listener != listener_name) continue;
        return NodeView{node.id, endpoint.host, endpoint.port,
                        node.rack.empty() ? std::nullopt : std::optional{node.rack}, node.is_fenced};
    }
    return std::nullopt;
}

NodeView view_of_self(broker::Broker& broker, const metadata::Catalogue& catalogue,
                      const runtime::Endpoint& advertised) {
    NodeView view{broker.node(), advertised.host, advertised.port, std::nullopt, false};
    const auto self = catalogue.nodes().find(view.id);
    if (self != catalogue.nodes().end() && !self->second.rack.empty()) view.rack = self->second.rack;
    return view;
}

}  // namespace

std::vector<NodeView> all_nodes(broker::Broker& broker, const runtime::Endpoint& advertised) {
    const auto catalogue = broker.controller().catalogue();
    std::vector<NodeView> nodes{view_of_self(broker, *catalogue, advertised)};
    for (const auto& [id, node] : catalogue->nodes()) {
        if (id == broker.node()) continue;
        if (auto view = view_of(node)) nodes.push_back(std::move(*view));
    }
    std::ranges::sort(nodes, {}, &NodeView::id);
    return nodes;
}

std::vector<NodeView> usable_nodes(broker::Broker& broker, const runtime::Endpoint& advertised) {
    auto nodes = all_nodes(broker, advertised);
    std::erase_if(nodes, [](const NodeView& node) { return node.is_fenced; });
    return nodes;
}

std::optional<NodeView> find_node(broker::Broker& broker, const runtime::Endpoint& advertised, NodeId node) {
    const auto catalogue = broker.controller().catalogue();
    if (node == broker.node()) return view_of_self(broker, *catalogue, advertised);
    const auto* found = catalogue->node(node);
    return found == nullptr || found->is_fenced ? std::nullopt : view_of(*found);
}

NodeId controller_node(broker::Broker& broker) {
    return broker.controller().leader().value_or(NodeId{-1});
}

}  // namespace weir::kafka
