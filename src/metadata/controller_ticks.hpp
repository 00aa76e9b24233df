// When the controller does what: from leases, intervals and what earlier ticks left to do.
#pragma once

#include "metadata/node_leases.hpp"

namespace weir::metadata {

struct TickOptions {
    LeaseOptions leases{};
    std::int64_t drain_ms = 500;         // between two looks at nodes that are being drained
    std::int64_t rebalance_ms = 10'000;  // between two looks at who leads
};

// Pure, as NodeLeases. While this node leads the metadata: every leases.tick_ms, submit what due() gives
// unless it is empty, hand the outcome to done(), and look again at once if that says so.
class ControllerTicks {
  public:
    explicit ControllerTicks(TickOptions options = {}) : options_(options), leases_(options.leases) {}

    // This node has become the controller.
    void start(const Catalogue& catalogue, std::int64_t now_ms);
    NodeLeases& leases() { return leases_; }

    // Empty while a tick's outcome is awaited.
    ControllerTick due(const Catalogue& catalogue, std::int64_t now_ms);
    // True: there is more to do right now. After an error the same things become due again.
    bool done(const Result<ControllerTick>& rest);

  private:
    TickOptions options_;
    NodeLeases leases_;
    ControllerTick asked_;  // is under way
    ControllerTick rest_;   // its flags are due as well
    std::int64_t next_drain_ms_ = 0;
    std::int64_t next_rebalance_ms_ = 0;
};

}  // namespace weir::metadata
