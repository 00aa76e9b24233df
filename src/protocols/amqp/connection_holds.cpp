// What waits: all of a connection's input, or the frames of one channel.
#include "base/assert.hpp"
#include "protocols/amqp/connection_machine.hpp"

namespace weir::amqp {
namespace {

std::ptrdiff_t cost_of(std::size_t payload) {
    static constexpr std::size_t bookkeeping_bytes = 64;
    return static_cast<std::ptrdiff_t>(payload + bookkeeping_bytes);
}

}  // namespace

// While nothing is read the client's silence says nothing.
void ConnectionMachine::set_hold(Hold hold, bool on) {
    holds_ = on ? holds_ | hold : holds_ & ~static_cast<unsigned>(hold);
    if (holds_ != 0) return heartbeats_.pause_watch();
    heartbeats_.resume_watch(clock_.monotonic_ms());
    process();
}

void ConnectionMachine::hold() {
    ++handler_holds_;
    set_hold(handler_busy, true);
}

void ConnectionMachine::resume() {
    if (--handler_holds_ == 0) set_hold(handler_busy, false);
}

// ---- Of one channel.

void ConnectionMachine::hold(ChannelNumber number) {
    if (channels_.at(number).holds++ == 0) ++held_channels_;
}

void ConnectionMachine::resume(ChannelNumber number) {
    if (ending_ != Ending::none) return;
    auto& channel = channels_.at(number);
    ASSERT(channel.holds > 0);
    if (--channel.holds > 0) return;
    --held_channels_;
    if (state_ == State::releasing) {
        if (held_channels_ == 0) end_release();
        return;
    }
    if (channel.close_ok_is_due) end_channel(number);
    if (held_frames_.contains(number)) ready_.push_back(number);
    process();
}

bool ConnectionMachine::must_wait(ChannelNumber number) const {
    if (is_settled() || state_ != State::running) return false;
    const auto channel = channels_.find(number);
    return (channel != channels_.end() && channel->second.holds > 0) || held_frames_.contains(number);
}

void ConnectionMachine::keep_back(const Frame& frame) {
    held_frames_[frame.channel].push_back({frame.type, {frame.payload.begin(), frame.payload.end()}});
    charge_held(cost_of(frame.payload.size()));
}

// Handles the next frame of a channel that was held, or what waits for all of them; false if there is none.
bool ConnectionMachine::step_held() {
    static constexpr unsigned of_input_alone = backlog | closing;
    if (ending_ != Ending::none || (holds_ & ~of_input_alone) != 0) return false;
    while (!ready_.empty()) {
        const auto number = ready_.front();
        const auto channel = channels_.find(number);
        const bool is_held = channel != channels_.end() && channel->second.holds > 0;
        if (!is_held && held_frames_.contains(number)) {
            serve_held(number);
            return true;
        }
        ready_.pop_front();
    }
    if ((holds_ & closing) == 0 || !is_settled()) return false;
    begin_release(std::nullopt);
    return true;
}

void ConnectionMachine::serve_held(ChannelNumber number) {
    const auto at = held_frames_.find(number);
    const auto frame = std::move(at->second.front());
    at->second.pop_front();
    if (at->second.empty()) held_frames_.erase(at);
    charge_held(-cost_of(frame.payload.size()));
    handle_frame({frame.type, number, frame.payload});
    keep_unfinished();
}

void ConnectionMachine::charge_held(std::ptrdiff_t bytes) {
    held_bytes_ += static_cast<std::size_t>(bytes);
    if (held_bytes_ > settings_.max_held_bytes) return set_hold(backlog, true);
    if ((holds_ & backlog) != 0 && held_bytes_ <= settings_.max_held_bytes / 2) set_hold(backlog, false);
}

// Of a connection that ends.
void ConnectionMachine::drop_held() {
    held_frames_.clear();
    ready_.clear();
    held_bytes_ = 0;
    holds_ &= ~static_cast<unsigned>(backlog | closing);
}

}  // namespace weir::amqp
