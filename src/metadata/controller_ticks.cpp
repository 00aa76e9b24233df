// One tick under way at a time.
#include "metadata/controller_ticks.hpp"

namespace weir::metadata {

namespace {

bool passed(std::int64_t& next_ms, std::int64_t interval_ms, std::int64_t now_ms) {
    if (now_ms < next_ms) return false;
    next_ms = now_ms + interval_ms;
    return true;
}

bool is_draining(const Catalogue& catalogue) {
    return std::ranges::any_of(catalogue.nodes(),
                               [](const auto& entry) { return entry.second.drain == Drain::replicas; });
}

}  // namespace

void ControllerTicks::start(const Catalogue& catalogue, std::int64_t now_ms) {
    leases_.start(catalogue, now_ms);
    asked_ = {};
    rest_ = {.settle = true};  // an entry of the last controller may have left something over
    next_drain_ms_ = now_ms;
    next_rebalance_ms_ = now_ms + options_.rebalance_ms;
}

ControllerTick ControllerTicks::due(const Catalogue& catalogue, std::int64_t now_ms) {
    if (!asked_.is_empty()) return {};
    asked_ = {.lost = leases_.lost(catalogue, now_ms),
              .back = leases_.back(catalogue, now_ms),
              .settle = rest_.settle,
              .drain = rest_.drain,
              .rebalance = rest_.rebalance};
    if (is_draining(catalogue) && passed(next_drain_ms_, options_.drain_ms, now_ms)) asked_.drain = true;
    if (passed(next_rebalance_ms_, options_.rebalance_ms, now_ms)) asked_.rebalance = true;
    return asked_;
}

bool ControllerTicks::done(const Result<ControllerTick>& rest) {
    rest_ = rest ? *rest : asked_;
    rest_.lost.clear();
    rest_.back.clear();
    asked_ = {};
    return rest && !rest_.is_empty();
}

}  // namespace weir::metadata
