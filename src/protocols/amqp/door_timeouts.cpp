// Channels end whose clients keep messages for too long without a word about them.
#include <algorithm>

#include "broker/queue_settings.hpp"
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {
namespace {

constexpr std::int64_t longest_between_looks_ms = 60'000;

}  // namespace

std::int64_t QueueDoor::acknowledgement_timeout_ms(const topology::Queue& queue) const {
    const auto catalogue = queues_.catalogue();
    const auto* state = catalogue->topology().host(queue.host);
    const auto own = state ? broker::consumer_timeout_ms(*state, queue) : std::nullopt;
    return own.value_or(session_.settings().consumer_timeout_ms);
}

void QueueDoor::keep(ChannelState& state, std::uint64_t tag, ChannelState::Unacked one) {
    if (one.timeout_ms > 0) {
        one.since_ms = broker_.clock().monotonic_ms();
        shortest_timeout_ms_ = std::min(shortest_timeout_ms_, one.timeout_ms);
        watch_timeouts();
    }
    state.add(tag, one);
}

void QueueDoor::watch_timeouts() {
    if (timeout_timer_) return;
    const auto wait_ms = std::min(longest_between_looks_ms, shortest_timeout_ms_);
    timeout_timer_ = session_.reactor().run_after(wait_ms, [this] {
        const auto timer = std::move(timeout_timer_);
        end_late_channels();
        session_.wake();
    });
}

void QueueDoor::end_late_channels() {
    const auto now_ms = broker_.clock().monotonic_ms();
    std::vector<ChannelNumber> watched;
    for (const auto& [number, state] : channels_)
        if (!state.unacked.empty()) watched.push_back(number);
    for (const auto number : watched) end_if_late(number, now_ms);
    if (!watched.empty()) watch_timeouts();
}

void QueueDoor::end_if_late(ChannelNumber number, std::int64_t now_ms) {
    const auto at = channels_.find(number);
    if (at == channels_.end()) return;
    const auto& unacked = at->second.unacked;
    const auto late =
        std::ranges::find_if(unacked, [&](const auto& one) { return one.second.is_late(now_ms); });
    if (late == unacked.end()) return;
    const auto timeout_ms = late->second.timeout_ms;
    machine_.fail(number,
                  {ReplyCode::precondition_failed,
                   fmt::format("delivery acknowledgement on channel {} timed out. Timeout value used: {} ms. "
                               "This timeout value can be configured, see consumers doc guide to learn more",
                               number, timeout_ms),
                   no_method});
}

}  // namespace weir::amqp
