// A stand-in for the controller: one sequential committed state of one partition and its nodes.
#pragma once

#include <set>

#include "replication/partition_registration.hpp"
#include "simulation/replication/world.hpp"

namespace weir::simulation {

using replication::AlterInSync;
using replication::AlterOutcome;
using replication::PartitionRegistration;

// Never fails itself: its state stands for what consensus has committed. What nodes hear of it may be late.
class Controller {
  public:
    static constexpr std::int64_t session_ms = 400;
    static constexpr std::int32_t min_in_sync = 2;

    // `journal`: what a replica has acknowledged outlives its crash, so that it stays eligible.
    Controller(World& world, bool journal, Planted planted);

    // A node has started: a new incarnation, out of the in-sync set before it fetches. Asked again by the
    // same one, the answer is the same.
    BrokerEpoch register_node(int node, std::uint64_t incarnation);
    void heartbeat(int node, BrokerEpoch broker_epoch);
    AlterOutcome alter(int node, const AlterInSync& proposal);
    // Fences the silent, elects if nobody leads.
    void tick();
    // Gives the lead to another in-sync node, if there is one.
    void move_leader();

    const PartitionRegistration& registration() const { return registration_; }
    BrokerEpoch broker_epoch(int node) const { return nodes_[node].broker_epoch; }
    bool is_in_sync(int node) const;

  private:
    struct Node {
        BrokerEpoch broker_epoch{0};
        std::uint64_t incarnation = 0;
        bool alive = false;
        std::int64_t heard_ms = 0;
    };

    void fence(int node);
    void leave(int node, bool stays_eligible);
    void lose_leader(int node);
    bool may_take(const AlterInSync& proposal) const;
    bool is_eligible(int node) const;
    void elect();
    void make_leader(int node);
    void changed();

    World& world_;
    const bool journal_;
    const Planted planted_;
    PartitionRegistration registration_;
    std::set<int> eligible_;  // left while too few were in sync, so that they have all that is committed
    std::array<Node, node_count> nodes_;
    std::int64_t broker_epochs_ = 0;
};

}  // namespace weir::simulation
