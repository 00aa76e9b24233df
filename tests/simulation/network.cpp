// Messages on their way.
#include "simulation/network.hpp"

namespace weir::simulation {

void Network::send(Stream stream, std::function<void()> deliver) {
    if (dice_.one_in(is_storm_ ? 100 : 1000)) tear(stream);
    if (is_blocked(stream.from, stream.to)) return;
    auto& link = links_[stream];
    const auto delay_us = is_storm_ ? dice_.between(100, 60'000) : dice_.between(100, 2'000);
    link.last_us = std::max(link.last_us + 1, loop_.monotonic_us() + delay_us);
    loop_.after(link.last_us - loop_.monotonic_us(),
                [this, &link, stream, count = link.count, deliver = std::move(deliver)] {
                    if (link.count != count || is_blocked(stream.from, stream.to)) return;
                    ++delivered_;
                    deliver();
                });
}

void Network::tear_all(NodeId one, NodeId other) {
    for (auto& [stream, link] : links_) {
        const bool is_theirs =
            (stream.from == one && stream.to == other) || (stream.from == other && stream.to == one);
        if (is_theirs) ++link.count;
    }
}

void Network::block(NodeId from, NodeId to) {
    blocked_.insert({from, to});
    for (auto& [stream, link] : links_)
        if (stream.from == from && stream.to == to) ++link.count;
}

}  // namespace weir::simulation
