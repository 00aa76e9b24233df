// The frames of a connection's channels.
#include <fmt/format.h>

#include "base/assert.hpp"
#include "protocols/amqp/connection_machine.hpp"
#include "protocols/amqp/frame_error.hpp"

namespace weir::amqp {
namespace {

constexpr std::int64_t late_frames_ms = 1'000;  // after close-ok

}  // namespace

void ConnectionMachine::on_channel_frame(const Frame& frame) {
    if (!is_well_formed(frame)) return fail_connection(unknown_frame_error(frame));
    if (frame.type == FrameType::heartbeat) return fail_connection(unexpected_frame_error(frame));
    auto* channel = channel_for(frame);
    if (channel == nullptr) return;
    if (channel->closing) return on_closing_channel(frame);
    switch (frame.type) {
        case FrameType::method: return on_channel_method(frame.channel, *channel, frame.payload);
        case FrameType::header: return on_content_header(frame.channel, *channel, frame);
        case FrameType::body: return on_content_body(frame.channel, *channel, frame.payload);
        case FrameType::heartbeat: return;
    }
}

// The frame's channel; null if there is none, and then the frame is dealt with: it opens one, or must not be.
ConnectionMachine::Channel* ConnectionMachine::channel_for(const Frame& frame) {
    const auto found = channels_.find(frame.channel);
    if (found != channels_.end()) return &found->second;
    auto payload = frame.payload;
    const auto id =
        frame.type == FrameType::method ? take_method_id(payload) : Result<MethodId>{Error(Errc::corrupt)};
    const bool opens = id && *id == ChannelOpen::info.id;
    if (!opens && is_late(frame.channel)) return nullptr;
    if (tuning_.channel_max != 0 && channels_.size() >= tuning_.channel_max) {
        fail_connection(
            {ReplyCode::not_allowed,
             fmt::format("number of channels opened ({}) has reached the negotiated channel_max ({})",
                         channels_.size(), tuning_.channel_max)});
    } else if (opens) {
        open_channel(frame.channel);
    } else if (id) {
        fail_connection({ReplyCode::channel_error, "expected 'channel.open'", *id});
    } else {
        fail_connection({ReplyCode::unexpected_frame, "expected method frame, got non method frame instead"});
    }
    return nullptr;
}

// Clients whose threads write for themselves (RabbitMQ's Java client with Netty) send close-ok before what
// another thread has sent meanwhile: that belongs to the channel that was ended, and is swallowed with the
// rest.
bool ConnectionMachine::is_late(ChannelNumber number) {
    const auto ended = ended_ms_.find(number);
    if (ended == ended_ms_.end()) return false;
    if (clock_.monotonic_ms() - ended->second < late_frames_ms) return true;
    ended_ms_.erase(ended);
    return false;
}

void ConnectionMachine::open_channel(ChannelNumber number) {
    ended_ms_.erase(number);
    channels_.try_emplace(number);
    handler_.on_channel_opened(number);
    send(number, ChannelOpenOk{});
}

// Of a channel that was told to close only what ends it is heard.
void ConnectionMachine::on_closing_channel(const Frame& frame) {
    if (frame.type != FrameType::method) return;
    auto payload = frame.payload;
    const auto id = take_method_id(payload);
    ASSERT(id.has_value());
    if (*id == ChannelCloseOk::info.id) {
        channels_.erase(frame.channel);
        ended_ms_[frame.channel] = clock_.monotonic_ms();
    } else if (*id == ChannelClose::info.id) {
        begin_output();
        append_method(output_, frame.channel, ChannelCloseOk{});
    }
}

void ConnectionMachine::on_channel_method(ChannelNumber number, Channel& channel, ByteView payload) {
    const auto id = take_method_id(payload);
    ASSERT(id.has_value());
    if (!channel.content.idle()) return fail_connection(channel.content.unexpected());
    const auto method = decode_method(*id, payload);
    if (method) return dispatch_channel(number, channel, *method);
    fail_decoding(method.error(), number, *id, payload);
}

void ConnectionMachine::dispatch_channel(ChannelNumber number, Channel& channel, const AnyMethod& method) {
    const auto info = info_of(method);
    if (const auto* publish = std::get_if<BasicPublish>(&method))
        return begin_content(number, channel, *publish);
    if (std::holds_alternative<ChannelClose>(method)) return on_channel_close(number);
    if (const auto* flow = std::get_if<ChannelFlow>(&method)) return on_flow(number, flow->active);
    if (std::holds_alternative<AccessRequest>(method)) return send(number, AccessRequestOk{});
    if (std::holds_alternative<ChannelOpen>(method))
        return fail_connection({ReplyCode::channel_error, "second 'channel.open' seen", info.id});
    const bool own_class = info.id.class_id == ConnectionStart::info.id.class_id ||
                           info.id.class_id == ChannelOpen::info.id.class_id;
    if (own_class || info.sender == Sender::server)
        return fail_connection({ReplyCode::command_invalid, "unimplemented method", info.id});
    handler_.on_method(number, method);
}

void ConnectionMachine::on_flow(ChannelNumber number, bool active) {
    if (!active) return fail(number, {ReplyCode::not_implemented, "active=false", ChannelFlow::info.id});
    ChannelFlowOk ok;
    ok.active = true;
    send(number, ok);
}

void ConnectionMachine::begin_content(ChannelNumber number, Channel& channel, const BasicPublish& method) {
    channel.content.begin(method);
    unfinished_.push_back(number);
}

void ConnectionMachine::on_content_header(ChannelNumber number, Channel& channel, const Frame& frame) {
    const auto header = parse_content_header(frame.payload);
    ASSERT(header.has_value());
    if (channel.content.idle()) {
        return fail_connection(
            {ReplyCode::unexpected_frame, "expected method frame, got non method frame instead"});
    }
    if (!channel.content.expects_header()) return fail_connection(channel.content.unexpected());
    if (const auto error = channel.content.header(*header, settings_.max_message_bytes))
        return fail(number, *error);
    if (channel.content.complete()) return finish_content(number, channel);
    unfinished_.push_back(number);
    publish_seen();
}

void ConnectionMachine::on_content_body(ChannelNumber number, Channel& channel, ByteView part) {
    if (channel.content.idle()) {
        return fail_connection(
            {ReplyCode::unexpected_frame, "expected method frame, got non method frame instead"});
    }
    if (!channel.content.expects_body()) return fail_connection(channel.content.unexpected());
    const auto before = channel.content.kept_bytes();
    if (const auto error = channel.content.body(part)) return fail(number, *error);
    unfinished_bytes_ += channel.content.kept_bytes() - before;
    if (channel.content.complete()) return finish_content(number, channel);
    if (unfinished_bytes_ > settings_.max_unfinished_bytes) {
        return fail_connection({ReplyCode::resource_error,
                                fmt::format("more than {} bytes of unfinished messages on one connection",
                                            settings_.max_unfinished_bytes),
                                BasicPublish::info.id});
    }
    publish_seen();
}

void ConnectionMachine::finish_content(ChannelNumber number, Channel& channel) {
    const auto content = std::move(channel.content);  // the handler may end the channel
    channel.content = {};
    unfinished_bytes_ -= content.kept_bytes();
    const auto message = content.message();
    if (const auto* error = std::get_if<AmqpError>(&message)) return fail_connection(*error);
    handler_.on_publish(number, std::get<Publish>(message));
    publish_seen();
}

void ConnectionMachine::clear_content(Channel& channel) {
    unfinished_bytes_ -= channel.content.kept_bytes();
    channel.content.clear();
}

void ConnectionMachine::on_channel_close(ChannelNumber number) {
    channels_.at(number).close_ok_is_due = true;
    hold(number);
    release_channel(number);
    resume(number);
}

void ConnectionMachine::end_channel(ChannelNumber number) {
    channels_.erase(number);
    begin_output();
    append_method(output_, number, ChannelCloseOk{});
}

bool ConnectionMachine::is_open(ChannelNumber number) const {
    if (state_ != State::running) return false;
    const auto found = channels_.find(number);
    return found != channels_.end() && !found->second.closing;
}

void ConnectionMachine::fail(ChannelNumber number, const AmqpError& error) {
    if (!is_open(number)) return;
    if (is_hard(error.code)) return fail_connection(error);
    release_channel(number);
    const auto text = reply_text(error);
    ChannelClose close;
    close.reply_code = static_cast<std::uint16_t>(error.code);
    close.reply_text = text;
    close.class_id = error.method.class_id;
    close.method_id = error.method.method_id;
    begin_output();
    append_method(output_, number, close);
}

// ---- Low resources.

// Only a connection that publishes is blocked, and only it is told.
void ConnectionMachine::publish_seen() {
    if (low_.empty() || state_ != State::running) return;
    set_hold(blocked, true);
    update_blocked();
}

void ConnectionMachine::set_low(std::string_view resources) {
    low_ = resources;
    if (!low_.empty()) return;
    update_blocked();
    set_hold(blocked, false);
}

void ConnectionMachine::update_blocked() {
    const bool tell = (holds_ & blocked) != 0 && !low_.empty();
    if (!client_.capabilities().connection_blocked || tell == told_blocked_) return;
    if (state_ != State::running) return;
    told_blocked_ = tell;
    if (!tell) return send_own(ConnectionUnblocked{});
    const auto reason = "low on " + low_;
    ConnectionBlocked told;
    told.reason = reason;
    send_own(told);
}

}  // namespace weir::amqp
