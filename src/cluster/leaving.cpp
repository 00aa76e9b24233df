// A node's leaving: before a stop that it was asked for, and for good.
#include "base/log_line.hpp"
#include "cluster/membership.hpp"

namespace weir::cluster {

void Membership::leave(std::function<void()> done) {
    executor_.post([this, done = std::move(done)]() mutable {
        const auto now_ms = clock_.monotonic_ms();
        departure_ = Departure{.done = std::move(done),
                               .ends_ms = now_ms + departure_limit_ms,
                               .led_ms = now_ms,
                               .successor = {}};
        depart();
    });
}

// Looks what comes next, now and whenever it may have changed.
void Membership::depart() {
    if (!departure_ || !departure_->done || stopped_) return;
    const auto now_ms = clock_.monotonic_ms();
    if (controller_.log().leader()) departure_->led_ms = now_ms;
    const auto step = broker_epoch_ ? next_departure_step(*controller_.catalogue(),
                                                          {options_.node, *broker_epoch_}, leads())
                                    : DepartureStep::done;
    if (step == DepartureStep::done) return say_farewell();
    if (now_ms < departure_->ends_ms && now_ms < departure_->led_ms + leaderless_limit_ms)
        return take_departure_step(step);
    log_warning("this node still leads {} partitions that others have, but waits no longer",
                movable_leaderships(*controller_.catalogue(), options_.node));
    std::exchange(departure_->done, nullptr)();
}

// At once, if there was nobody to hand over to.
void Membership::say_farewell() {
    const auto now_ms = clock_.monotonic_ms();
    if (!departure_->wants_fence) return std::exchange(departure_->done, nullptr)();
    if (!departure_->left_ms) {
        departure_->left_ms = now_ms;
        log_info("this node has handed over all that it led");
    }
    if (now_ms >= *departure_->left_ms + farewell_ms) std::exchange(departure_->done, nullptr)();
}

void Membership::take_departure_step(DepartureStep step) {
    if (departure_->is_asking) return;
    switch (step) {
        case DepartureStep::hand_over_metadata: return hand_over_metadata();
        case DepartureStep::drain: return ask_for_drain();
        case DepartureStep::fence:
            if (std::exchange(departure_->wants_fence, true)) return;
            return beat();
        case DepartureStep::done: return;
    }
}

void Membership::hand_over_metadata() {
    auto& log = controller_.log();
    const auto next =
        metadata_successor(*controller_.catalogue(), log.members(), options_.node, departure_->successor);
    if (!next) return;
    departure_->successor = next;
    departure_->is_asking = true;
    log.transfer(*next, [this, next](const Result<void>& outcome) {
        departure_->is_asking = false;
        if (outcome) return log_info("node {} leads the cluster's metadata now", next->value);
        log_info("node {} does not take over the metadata: {}", next->value, outcome.error().message);
    });
}

// Again and again: what does not fit into one change, or has to catch up first, follows.
void Membership::ask_for_drain() {
    const auto now_ms = clock_.monotonic_ms();
    if (now_ms < departure_->next_drain_ms) return;
    departure_->next_drain_ms = now_ms + options_.ticks.leases.heartbeat_ms;
    departure_->is_asking = true;
    ask(leave_method, {}, [this](const Result<Bytes>&) { departure_->is_asking = false; });
}

void Membership::handle_drain(NodeId from, Answer done) {
    const auto* node = controller_.catalogue()->node(from);
    const bool is_leaving_for_good = node != nullptr && node->drain == metadata::Drain::replicas;
    const auto drain = is_leaving_for_good ? metadata::Drain::replicas : metadata::Drain::leaders;
    controller_.submit(metadata::DrainNode{.node = from, .drain = drain},
                       [done = std::move(done)](const auto& reply) {
                           if (!reply) return done(reply.error());
                           done(encode_number(reply->leading));
                       });
}

// One at a time. If it is this node itself, another one leads after this, and removes it.
void Membership::remove_members() {
    if (is_removing_) return;
    const auto catalogue = controller_.catalogue();
    for (const auto& member : controller_.log().members()) {
        if (!catalogue->removed_nodes().contains(member.node)) continue;
        is_removing_ = true;
        controller_.log().remove(member.node, [this, node = member.node](const Result<void>& outcome) {
            is_removing_ = false;
            if (outcome) log_info("node {} has left the metadata's group", node.value);
        });
        return;
    }
}

}  // namespace weir::cluster
