// The other nodes as a simulated broker reaches them: calls that get lost, are held up, or break off.
#pragma once

#include "cluster/peers.hpp"
#include "replication/fetch_server.hpp"
#include "simulation/cluster/world.hpp"

namespace weir::simulation {

class SimulatedPeers final : public cluster::Peers {
  public:
    // `channel`: which of the connections between two nodes.
    SimulatedPeers(World& world, SimulatedBroker& self, int channel)
        : world_(world), self_(self), channel_(channel) {}

    void set_address(const cluster::NodeAddress&) override {}
    void set_addresses(const metadata::NodeMap&) override {}
    std::optional<cluster::NodeAddress> address(NodeId node) const override;
    void call(NodeId to, rpc::Method method, Bytes body, std::int64_t timeout_ms, rpc::Called done) override;
    void send(NodeId to, const std::string& address, Bytes message) override;
    void on_stream(OnStream told) override { told_ = std::move(told); }
    void stop() override {}

    // That node's process has ended, or begun: its machine says so, unless nothing gets through.
    void on_end_of(NodeId node);
    void on_start_of(NodeId node);
    // What this node is made to believe of its streams.
    void tell(NodeId node, rpc::StreamChange change);

  private:
    struct Call;
    void take(const std::shared_ptr<Call>& call, const Result<replication::OutgoingReply>& answer);
    void watch(const std::shared_ptr<Call>& call);
    void finish(const std::shared_ptr<Call>& call, Result<std::shared_ptr<rpc::Frame>> outcome);

    bool hears(NodeId node, std::uint64_t life) const;

    World& world_;
    SimulatedBroker& self_;
    const int channel_;
    OnStream told_;
};

inline constexpr int metadata_channel = 0;
inline constexpr int replication_channel = 1;

// Where a simulated node says it is reached.
cluster::NodeAddress address_of(NodeId node);

}  // namespace weir::simulation
