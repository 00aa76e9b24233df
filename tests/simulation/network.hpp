// A network between nodes: one ordered stream per direction, with delays, cuts and silent losses.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "simulation/dice.hpp"
#include "simulation/event_loop.hpp"

namespace weir::simulation {

class Network {
  public:
    using Deliver = std::function<void(NodeId from, NodeId to, const Bytes& message)>;

    Network(EventLoop& loop, Dice& dice, Deliver deliver)
        : loop_(loop), dice_(dice), deliver_(std::move(deliver)) {}

    void send(NodeId from, NodeId to, Bytes message);
    // What is on its way is lost; a new stream begins.
    void tear(NodeId from, NodeId to) { ++links_[{from, to}].stream; }
    void block(NodeId from, NodeId to);
    void heal() { blocked_.clear(); }
    // How slow the network is: `storm` lets messages of different senders overtake each other by far.
    void set_storm(bool is_storm) { is_storm_ = is_storm; }
    std::uint64_t delivered() const { return delivered_; }

  private:
    struct Link {
        std::uint64_t stream = 0;
        std::int64_t last_us = 0;  // when the newest message arrives
    };
    using Pair = std::pair<NodeId, NodeId>;

    EventLoop& loop_;
    Dice& dice_;
    Deliver deliver_;
    std::map<Pair, Link> links_;
    std::set<Pair> blocked_;
    bool is_storm_ = false;
    std::uint64_t delivered_ = 0;
};

}  // namespace weir::simulation
