// The other nodes, as this one talks to them: the seam between the cluster's work and the network.
#pragma once

#include <optional>

#include "cluster/messages.hpp"
#include "consensus/metadata_log.hpp"
#include "metadata/catalogue.hpp"
#include "rpc/peer.hpp"

namespace weir::cluster {

// Only on the thread of its owner, where the callbacks come, too.
class Peers : public consensus::Transport {
  public:
    virtual void set_address(const NodeAddress& address) = 0;
    virtual void set_addresses(const metadata::NodeMap& nodes) = 0;
    virtual std::optional<NodeAddress> address(NodeId node) const = 0;

    // Called back exactly once, never within this call. Errors: as rpc::Called, and unavailable where no
    // address is known.
    virtual void call(NodeId node, rpc::Method method, Bytes body, std::int64_t timeout_ms,
                      rpc::Called done) = 0;
    // Told what becomes of the streams. Before the first call.
    using OnStream = std::function<void(NodeId node, rpc::StreamChange change)>;
    virtual void on_stream(OnStream) {}
    // Sets up the stream to a node before it is needed: what is sent meanwhile is lost.
    virtual void connect(NodeId) {}
    // Ends all streams.
    virtual void stop() = 0;
};

}  // namespace weir::cluster
