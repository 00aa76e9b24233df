// Dead letters: read a few at a time, shown to the owner, and put where it says.
#include "broker/queue/queue_shard.hpp"

namespace weir::queue {
namespace {

constexpr int buried_at_a_time = 256;

}  // namespace

void QueueShard::bury_later() {
    if (dead_letters_.empty() || std::exchange(bury_queued_, true)) return;
    post([](QueueShard& here) {
        here.bury_queued_ = false;
        here.bury_some();
    });
}

void QueueShard::bury_some() {
    for (int left = buried_at_a_time; left > 0 && !dead_letters_.empty(); --left) {
        const auto letter = dead_letters_.front();
        dead_letters_.pop_front();
        bury(letter);
    }
    bury_later();
}

void QueueShard::bury(const DeadLetter& letter) {
    const Queue* queue = machine_->find(letter.message.queue);
    if (queue == nullptr || !seams_.on_dead) return;
    auto message = messages_.find(letter.position, letter.content);
    if (!message) return on_lost(message.error());
    seams_.on_dead(
        *this, {letter, queue->name, queue->config->dead_letter_target.value_or(""), std::move(*message)});
}

void QueueShard::refer(const ReferRequest& request) {
    step([&](QueueMachine& machine, std::int64_t, Effects& effects) { machine.refer(request, effects); },
         [](auto&&) {});
}

void QueueShard::adopt(const ReferRequest& request, Reason reason, const Message& message, Done done) {
    if (state_ != State::ready) return step({}, std::move(done));
    Effects effects;
    machine_->adopt(request, reason, next_, message.body.size(), effects);
    perform(std::move(effects), &message);
    answer(std::move(done));
}

void QueueShard::bury_again(const DeadLetter& letter) {
    if (state_ != State::ready) return;
    unburied_.push_back(letter);
    if (bury_timer_) return;
    bury_timer_ = place_.executor->run_after(options_.bury_retry_ms, [this] {
        const auto timer = std::move(bury_timer_);
        dead_letters_.insert(dead_letters_.end(), unburied_.begin(), unburied_.end());
        unburied_.clear();
        bury_later();
    });
}

}  // namespace weir::queue
