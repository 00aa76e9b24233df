// The streams to the other nodes, and the book of their addresses.
#pragma once

#include <map>
#include <memory>

#include "cluster/peers.hpp"

namespace weir::cluster {

inline constexpr std::string_view cluster_listener = "cluster";  // its name among a node's endpoints

// What all streams share; must outlive them.
struct LinkSeams {
    runtime::Reactor& reactor;
    runtime::MemoryBudget& budget;
    Clock& clock;
    Random& random;
};

// One ordered stream to each node, made when it is first wanted. Only on the reactor, the transport included.
class Links final : public Peers {
  public:
    // `stream`: which of the streams between two nodes these are.
    Links(rpc::LocalNode self, LinkSeams seams, std::uint32_t stream = 0)
        : self_(std::move(self)), seams_(seams), stream_(stream) {}

    void set_address(const NodeAddress& address) override;
    void set_addresses(const metadata::NodeMap& nodes) override;
    std::optional<NodeAddress> address(NodeId node) const override;
    void call(NodeId node, rpc::Method method, Bytes body, std::int64_t timeout_ms,
              rpc::Called done) override;
    void send(NodeId to, const std::string& address, Bytes message) override;
    void connect(NodeId node) override { (void)peer(node); }
    void on_stream(OnStream told) override { on_stream_ = std::move(told); }
    void stop() override { peers_.clear(); }

  private:
    struct Link {
        runtime::Endpoint endpoint;
        std::unique_ptr<rpc::Peer> peer;
    };
    rpc::Peer* peer(NodeId node);

    const rpc::LocalNode self_;
    LinkSeams seams_;
    const std::uint32_t stream_;
    std::map<NodeId, runtime::Endpoint> addresses_;
    std::map<NodeId, Link> peers_;
    OnStream on_stream_;
};

}  // namespace weir::cluster
