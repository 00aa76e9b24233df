// Streams follow the addresses.
#include "cluster/links.hpp"

#include "base/log_line.hpp"
#include "cluster/stream_numbers.hpp"
#include "rpc/hello.hpp"

namespace weir::cluster {

void Links::set_address(const NodeAddress& address) {
    if (address.node == self_.id) return;
    addresses_[address.node] = address.endpoint;
    const auto link = peers_.find(address.node);
    if (link != peers_.end() && link->second.endpoint != address.endpoint) peers_.erase(link);
}

void Links::set_addresses(const metadata::NodeMap& nodes) {
    for (const auto& [id, node] : nodes) {
        for (const auto& endpoint : node.endpoints) {
            if (endpoint.listener == cluster_listener) set_address({id, {endpoint.host, endpoint.port}});
        }
    }
}

std::optional<NodeAddress> Links::address(NodeId node) const {
    const auto found = addresses_.find(node);
    if (found == addresses_.end()) return std::nullopt;
    return NodeAddress{node, found->second};
}

// Null where no address is known, or none that may be talked to.
rpc::Peer* Links::peer(NodeId node) {
    if (const auto link = peers_.find(node); link != peers_.end()) return link->second.peer.get();
    const auto known = addresses_.find(node);
    if (known == addresses_.end()) return nullptr;
    const auto stream = node == rpc::any_node ? introduction_stream : stream_;
    rpc::PeerOptions options{.self = self_, .node = node, .endpoint = known->second, .stream = stream};
    if (on_stream_) options.on_change = [this, node](rpc::StreamChange change) { on_stream_(node, change); };
    auto opened =
        rpc::Peer::open(std::move(options), seams_.reactor, seams_.budget, seams_.clock, seams_.random);
    if (!opened) {
        log_error("node {} can't be talked to: {}", node.value, opened.error().message);
        return nullptr;
    }
    return (peers_[node] = {known->second, std::move(*opened)}).peer.get();
}

void Links::call(NodeId node, rpc::Method method, Bytes body, std::int64_t timeout_ms, rpc::Called done) {
    if (auto* there = peer(node)) return there->call(method, std::move(body), timeout_ms, std::move(done));
    seams_.reactor.post([node, done = std::move(done)] {
        done(Error{Errc::unavailable, fmt::format("no address of node {} is known", node.value)});
    });
}

// What can't be sent is lost: the metadata log sends it again.
// `address` is what the group's members are listed with: good as long as the catalogue is not there yet.
void Links::send(NodeId to, const std::string& address, Bytes message) {
    if (!addresses_.contains(to)) {
        if (const auto listed = runtime::Endpoint::parse(address)) set_address({to, *listed});
    }
    if (auto* there = peer(to)) (void)there->send(raft_message, std::move(message));
}

}  // namespace weir::cluster
