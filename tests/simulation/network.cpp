// Messages on their way.
#include "simulation/network.hpp"

namespace weir::simulation {

void Network::send(NodeId from, NodeId to, Bytes message) {
    const Pair pair{from, to};
    if (dice_.one_in(is_storm_ ? 100 : 1000)) tear(from, to);
    if (blocked_.contains(pair)) return;
    auto& link = links_[pair];
    const auto delay_us = is_storm_ ? dice_.between(100, 60'000) : dice_.between(100, 2'000);
    link.last_us = std::max(link.last_us + 1, loop_.monotonic_us() + delay_us);
    loop_.after(link.last_us - loop_.monotonic_us(),
                [this, pair, stream = link.stream, message = std::move(message)] {
                    if (links_[pair].stream != stream || blocked_.contains(pair)) return;
                    ++delivered_;
                    deliver_(pair.first, pair.second, message);
                });
}

void Network::block(NodeId from, NodeId to) {
    blocked_.insert({from, to});
    tear(from, to);
}

}  // namespace weir::simulation
