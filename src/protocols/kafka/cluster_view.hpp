// The cluster's nodes as Kafka clients are told of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "runtime/endpoint.hpp"

namespace weir::kafka {

struct NodeView {
    NodeId id;
    std::string host;
    std::uint16_t port = 0;
    std::optional<std::string> rack;
    bool is_fenced = false;
};

// The nodes that can be used. The own one is there at least, at the address by which the client came in.
std::vector<NodeView> usable_nodes(broker::Broker& broker, const runtime::Endpoint& advertised);
// Those that can't be used now, too.
std::vector<NodeView> all_nodes(broker::Broker& broker, const runtime::Endpoint& advertised);
// Nothing if that node can't be used now.
std::optional<NodeView> find_node(broker::Broker& broker, const runtime::Endpoint& advertised, NodeId node);
// Who looks after the metadata, so that clients send their changes there; -1: nobody knows.
NodeId controller_node(broker::Broker& broker);

}  // namespace weir::kafka
