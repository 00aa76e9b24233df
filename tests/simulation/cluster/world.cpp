// Finding nodes, making frames.
#include "simulation/cluster/world.hpp"

#include "simulation/cluster/simulated_broker.hpp"

namespace weir::simulation {

SimulatedBroker* World::node(NodeId id) {
    const auto at = static_cast<std::size_t>(id.value);
    return id.value >= 0 && at < nodes.size() ? nodes[at].get() : nullptr;
}

std::shared_ptr<rpc::Frame> World::frame_of(ByteView body) {
    auto bytes = rpc::encode_frame_header(rpc::header_for(rpc::FrameKind::reply, 0, 1, body));
    bytes.insert(bytes.end(), body.begin(), body.end());
    for (ByteView left{bytes}; !left.empty();) {
        const auto room = reader_.buffer();
        const auto count = std::min(room.size(), left.size());
        std::ranges::copy(left.first(count), room.begin());
        reader_.received(count);
        left = left.subspan(count);
        auto frame = reader_.next();
        if (frame && *frame) return *frame;
    }
    return nullptr;
}

}  // namespace weir::simulation
