// A network between nodes: ordered streams, with delays, cuts and silent losses.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/ids.hpp"
#include "simulation/dice.hpp"
#include "simulation/event_loop.hpp"

namespace weir::simulation {

// One direction of one connection.
struct Stream {
    NodeId from, to;
    int channel = 0;
    auto operator<=>(const Stream&) const = default;
};

class Network {
  public:
    Network(EventLoop& loop, Dice& dice) : loop_(loop), dice_(dice) {}

    // `deliver` is called later, in the order of the calls of one stream, or never.
    void send(Stream stream, std::function<void()> deliver);
    // What is on its way is lost; a new stream begins.
    void tear(Stream stream) { ++links_[stream].count; }
    // Likewise for all streams between the two, either way.
    void tear_all(NodeId one, NodeId other);
    // How often the stream has been torn.
    std::uint64_t tears(Stream stream) { return links_[stream].count; }
    void block(NodeId from, NodeId to);
    bool is_blocked(NodeId from, NodeId to) const { return blocked_.contains({from, to}); }
    void heal() { blocked_.clear(); }
    // How slow the network is: `storm` lets messages of different senders overtake each other by far.
    void set_storm(bool is_storm) { is_storm_ = is_storm; }
    std::uint64_t delivered() const { return delivered_; }

  private:
    struct Link {
        std::uint64_t count = 0;
        std::int64_t last_us = 0;  // when the newest message arrives
    };

    EventLoop& loop_;
    Dice& dice_;
    std::map<Stream, Link> links_;
    std::set<std::pair<NodeId, NodeId>> blocked_;
    bool is_storm_ = false;
    std::uint64_t delivered_ = 0;
};

}  // namespace weir::simulation
