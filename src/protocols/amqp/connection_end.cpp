// How a connection ends: errors, closes of either side, and giving back what it holds.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "protocols/amqp/connection_machine.hpp"
#include "protocols/amqp/frame_error.hpp"

namespace weir::amqp {

void ConnectionMachine::fail_connection(const AmqpError& error) {
    if (state_ == State::releasing || state_ == State::closed || state_ == State::silent) return;
    if (may_tell(error)) return begin_release(error);
    go_silent(reply_text(error));
}

// As RabbitMQ does, which knows not which of a channel's methods has a string that is no text.
void ConnectionMachine::fail_decoding(const Error& error, ChannelNumber channel, MethodId method,
                                      ByteView fields) {
    if (error.code == Errc::unsupported)
        return fail_connection({ReplyCode::command_invalid, "unimplemented method", method});
    if (error.code == Errc::invalid_argument)
        return fail_connection({ReplyCode::frame_error, error.message, channel == 0 ? method : no_method});
    fail_connection(undecodable_error(method, fields));
}

// RabbitMQ tells a client that has not proved who it is what is wrong only about tuning; from the tune-ok on
// it tells all.
bool ConnectionMachine::may_tell(const AmqpError& error) const {
    if (state_ == State::tuning) return error.code == ReplyCode::not_allowed;
    return state_ == State::opening || state_ == State::running;
}

// How long the client may take once it has been told of the end.
std::int64_t ConnectionMachine::closing_timeout() const {
    if (state_ != State::opening && state_ != State::running) return silent_close_delay_ms;
    if (tuning_.heartbeat_s == 0) return max_closing_ms;
    return std::min(max_closing_ms, std::int64_t{tuning_.heartbeat_s} * 1000);
}

// The stream can't be read on: the client is told, and has a moment to read it.
void ConnectionMachine::lose_beat(const AmqpError& error) {
    fail_connection(error);
    if (state_ == State::closed) go_silent(reply_text(error));
}

// Nothing more is heard or said, and the socket closes after a while: no quick answer for those who guess.
void ConnectionMachine::go_silent(std::string_view why) {
    reason_ = why;
    state_ = State::silent;
    deadline_ms_ = clock_.monotonic_ms() + silent_close_delay_ms;
    heartbeats_.stop();
}

// Ends the connection in order: what it holds goes back, then the client hears of it.
void ConnectionMachine::begin_release(std::optional<AmqpError> error) {
    if (error) reason_ = reply_text(*error);
    last_error_ = std::move(error);
    closing_timeout_ms_ = closing_timeout();
    state_ = State::releasing;
    drop_held();
    std::vector<ChannelNumber> open;
    for (const auto& [number, channel] : channels_) {
        if (!channel.closing) open.push_back(number);
    }
    std::ranges::sort(open);
    set_hold(giving_back, true);
    ++held_channels_;  // none is the last one yet
    for (const auto number : open) release_channel(number);
    if (--held_channels_ == 0) end_release();
}

void ConnectionMachine::release_channel(ChannelNumber number) {
    auto& channel = channels_.at(number);
    channel.closing = true;
    clear_content(channel);
    handler_.on_channel_closed(number);
}

// The channels are gone; what belongs to the connection goes, then the client hears of its end.
void ConnectionMachine::end_release() {
    channels_.clear();
    if (!std::exchange(was_open_, false) || handler_.on_connection_closed()) tell_end();
}

void ConnectionMachine::released() {
    if (ending_ != Ending::none) return;
    ASSERT(state_ == State::releasing);
    tell_end();
}

void ConnectionMachine::tell_end() {
    state_ = State::closed;
    deadline_ms_ = clock_.monotonic_ms() + closing_timeout_ms_;
    heartbeats_.stop();
    if (!last_error_) {
        send_own(ConnectionCloseOk{});
    } else {
        const auto text = reply_text(*last_error_);
        ConnectionClose close;
        close.reply_code = static_cast<std::uint16_t>(last_error_->code);
        close.reply_text = text;
        close.class_id = last_error_->method.class_id;
        close.method_id = last_error_->method.method_id;
        send_own(close);
    }
    low_.clear();
    holds_ &= ~static_cast<unsigned>(blocked | giving_back | handler_busy);
    process();
}

// What came before it on any channel is done before.
void ConnectionMachine::on_close() {
    if (state_ == State::closed) return send_own(ConnectionCloseOk{});
    if (state_ == State::running && !is_settled()) return set_hold(closing, true);
    begin_release(std::nullopt);
}

void ConnectionMachine::on_close_ok() {
    finish(reason_);
}

void ConnectionMachine::finish(std::string_view why) {
    reason_ = std::string{why};
    disconnected();
    ending_ = Ending::finished;
}

void ConnectionMachine::disconnected() {
    if (ending_ != Ending::none) return;
    ending_ = Ending::finished;
    for (auto& [number, channel] : channels_) {
        if (!channel.closing) release_channel(number);
    }
    if (std::exchange(was_open_, false)) handler_.on_connection_closed();
}

void ConnectionMachine::shut_down(std::string_view why) {
    if (state_ == State::running)
        fail_connection({ReplyCode::connection_forced, std::string{why}});
    else if (state_ != State::releasing && state_ != State::closed)
        finish(why);
}

}  // namespace weir::amqp
