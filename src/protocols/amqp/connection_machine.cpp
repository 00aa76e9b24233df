// The connection's bytes and its time.
#include "protocols/amqp/connection_machine.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "protocols/amqp/frame_error.hpp"
#include "protocols/amqp/protocol_header.hpp"

namespace weir::amqp {

ConnectionMachine::ConnectionMachine(const Settings& settings, const Clock& clock, ConnectionHost& host,
                                     ChannelHandler& handler)
    : settings_(settings),
      clock_(clock),
      host_(host),
      handler_(handler),
      deadline_ms_(clock.monotonic_ms() + settings.handshake_timeout_ms) {}

void ConnectionMachine::received(std::size_t count) {
    heartbeats_.received(clock_.monotonic_ms());
    input_.received(count);
    process();
}

// Handles what has come, as far as it may be handled now.
void ConnectionMachine::process() {
    if (processing_) return;  // an answer given at once comes back here
    processing_ = true;
    while (step_held() || (wants_input() && step())) {
    }
    keep_unfinished();
    processing_ = false;
}

// False if more bytes are needed.
bool ConnectionMachine::step() {
    const auto in = input_.view();
    if (state_ == State::silent) input_.consume(in.size());
    if (state_ == State::silent) return false;
    if (state_ == State::greeting) {
        if (in.size() < protocol_header_size) return false;
        input_.consume(protocol_header_size);
        on_greeting(in.first(protocol_header_size));
        return true;
    }
    const auto parsed = parse_frame(in, tuning_.frame_max);
    if (std::holds_alternative<NeedMore>(parsed)) return false;
    if (const auto* bad = std::get_if<BadFrame>(&parsed)) {
        lose_beat(bad_frame_error(*bad, tuning_.frame_max));
        return false;
    }
    const auto& frame = std::get<Frame>(parsed);
    input_.consume(frame.size());
    on_frame(frame);
    return true;
}

// Before the bytes at hand go: what messages under way view in them is copied.
void ConnectionMachine::keep_unfinished() {
    for (const auto number : unfinished_) {
        const auto found = channels_.find(number);
        if (found != channels_.end()) found->second.content.keep();
    }
    unfinished_.clear();
}

void ConnectionMachine::on_frame(const Frame& frame) {
    if (must_wait(frame.channel)) return keep_back(frame);
    handle_frame(frame);
}

void ConnectionMachine::handle_frame(const Frame& frame) {
    if (frame.channel == 0) return on_own_frame(frame);
    if (state_ == State::running) return on_channel_frame(frame);
    if (state_ == State::closed) return;
    fail_connection(unexpected_frame_error(frame));
}

void ConnectionMachine::on_own_frame(const Frame& frame) {
    if (is_well_formed(frame)) {
        if (frame.type == FrameType::heartbeat) return;
        if (frame.type == FrameType::method) return on_own_method(frame);
    }
    if (state_ == State::closed) return;
    fail_connection(is_well_formed(frame) ? unexpected_frame_error(frame) : unknown_frame_error(frame));
}

void ConnectionMachine::on_own_method(const Frame& frame) {
    auto payload = frame.payload;
    const auto id = take_method_id(payload);
    ASSERT(id.has_value());
    const auto method = decode_method(*id, payload);
    if (method) return dispatch_own(*method);
    if (state_ == State::closed) return;
    fail_decoding(method.error(), 0, *id, payload);
}

void ConnectionMachine::dispatch_own(const AnyMethod& method) {
    if (std::holds_alternative<ConnectionClose>(method)) return on_close();
    if (state_ == State::closed) {
        if (std::holds_alternative<ConnectionCloseOk>(method)) on_close_ok();
        return;
    }
    if (const auto* start_ok = std::get_if<ConnectionStartOk>(&method); start_ok && state_ == State::starting)
        return on_start_ok(*start_ok);
    if (const auto* tune_ok = std::get_if<ConnectionTuneOk>(&method); tune_ok && state_ == State::tuning)
        return on_tune_ok(*tune_ok);
    if (const auto* open = std::get_if<ConnectionOpen>(&method); open && state_ == State::opening)
        return on_open(*open);
    const auto* secret = std::get_if<ConnectionUpdateSecret>(&method);
    if (secret && state_ == State::running) {
        set_hold(asking, true);
        return host_.on_update_secret(secret->new_secret.text, secret->reason);
    }
    static constexpr std::string_view names[] = {"pre_init", "starting", "securing",
                                                 "tuning",   "opening",  "running"};
    fail_connection({ReplyCode::channel_error,
                     std::string{"unexpected method in connection state "}.append(
                         names[static_cast<std::size_t>(state_)]),
                     info_of(method).id});
}

void ConnectionMachine::begin_output() {
    if (output_.empty()) host_.on_output();
}

Bytes ConnectionMachine::take_output() {
    if (!output_.empty()) heartbeats_.sent(clock_.monotonic_ms());
    return std::exchange(output_, {});
}

bool ConnectionMachine::accepts_deliveries() {
    drain_wanted_ = unsent_bytes_ + output_.size() > settings_.max_waiting_bytes;
    return !drain_wanted_;
}

void ConnectionMachine::set_unsent(std::size_t bytes) {
    unsent_bytes_ = bytes;
    if (!drain_wanted_ || unsent_bytes_ + output_.size() > settings_.max_waiting_bytes / 2) return;
    drain_wanted_ = false;
    if (state_ == State::running) handler_.on_drained();
}

void ConnectionMachine::tick() {
    const auto now_ms = clock_.monotonic_ms();
    if (ending_ != Ending::none) return;
    if (now_ms >= deadline_ms_) {
        return finish(state_ == State::closed || state_ == State::silent ? std::string_view{reason_}
                                                                         : "the handshake took too long");
    }
    if (now_ms >= heartbeats_.peer_lost_ms()) return finish("the client missed its heartbeats");
    if (now_ms < heartbeats_.send_due_ms()) return;
    begin_output();
    append_heartbeat(output_);
    heartbeats_.sent(now_ms);
}

std::int64_t ConnectionMachine::next_ms() const {
    return ending_ == Ending::none ? std::min(deadline_ms_, heartbeats_.next_ms()) : never_ms;
}

}  // namespace weir::amqp
