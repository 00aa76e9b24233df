// Hello, dispatch, and back-pressure on the accepting side.
#include "rpc/server_stream.hpp"

#include "base/log_line.hpp"
#include "rpc/error_number.hpp"

namespace weir::rpc {

ServerStream::ServerStream(std::shared_ptr<runtime::Connection> connection,
                           std::shared_ptr<ServerContext> context)
    : FrameStream(std::move(connection),
                  {.max_body_bytes = context->options.max_body_bytes,
                   .hello_timeout_ms = context->options.hello_timeout_ms,
                   .silence_limit_ms = context->options.silence_limit_ms},
                  context->budget, context->clock),
      context_(std::move(context)) {}

void ServerStream::on_frame(std::shared_ptr<Frame> frame) {
    const auto kind = frame->header().kind;
    if (state_ == State::greeting) {
        if (kind == FrameKind::hello) return on_hello(*frame);
        return close({Errc::corrupt, "the first frame is no hello"});
    }
    switch (kind) {
        case FrameKind::request: return on_request(std::move(frame));
        case FrameKind::message: return on_message(std::move(frame));
        case FrameKind::ping: return send(FrameKind::pong, 0, 0);
        case FrameKind::hello:
        case FrameKind::reply:
        case FrameKind::error:
        case FrameKind::pong: break;
    }
    close({Errc::corrupt, "a frame of a kind that only an answer can be"});
}

void ServerStream::on_hello(const Frame& frame) {
    auto hello = decode_hello(frame.body());
    if (!hello) return refuse(hello.error());
    const auto version = check_hello(context_->options.node, *hello, peer_certificate());
    if (!version) return refuse(version.error());
    auto claimed = context_->streams.claim(*hello, self(), [stream = self()] { stream->begin(); });
    if (!claimed) return refuse(claimed.error());
    hello_ = *hello;
    state_ = State::waiting;
}

void ServerStream::refuse(const Error& why) {
    send(FrameKind::error, error_number(why.code), 0, encode_error_text(why));
    close(why);
}

void ServerStream::begin() {
    if (!is_open()) return;
    state_ = State::serving;
    admit_peer();
    auto answer = hello_;
    answer.lowest_version = answer.highest_version = protocol_version;
    answer.from = context_->options.node.id;
    answer.to = hello_.from;
    send(FrameKind::hello, 0, 0, encode_hello(answer));
    pump();
}

bool ServerStream::is_ready() const {
    return state_ != State::waiting && outstanding_ < context_->options.max_outstanding_requests &&
           unsent_bytes() < context_->options.max_unsent_bytes;
}

void ServerStream::on_request(std::shared_ptr<Frame> frame) {
    const auto method = frame->method();
    const auto* handler = context_->methods.request_handler(method);
    ++outstanding_;
    auto request = std::make_shared<Request>(self(), hello_.from, std::move(frame));
    if (handler != nullptr) return (*handler)(std::move(request));
    request->fail({Errc::unsupported,
                   fmt::format("node {} knows no method {}", context_->options.node.id.value, method.value)});
}

void ServerStream::on_message(std::shared_ptr<Frame> frame) {
    const auto* handler = context_->methods.message_handler(frame->method());
    if (handler != nullptr) return (*handler)(hello_.from, std::move(frame));
    log_warning("node {} sent a message of the unknown kind {}", hello_.from.value, frame->method().value);
}

void ServerStream::answer(FrameKind kind, std::uint16_t code, std::uint64_t id, Bytes body,
                          std::vector<runtime::FileRange> ranges) {
    --outstanding_;
    auto bytes = body.size();
    for (const auto& range : ranges) bytes += range.size;
    if (bytes <= context_->options.max_body_bytes) {
        send(kind, code, id, std::move(body), std::move(ranges));
    } else {
        const Error error{Errc::limit_exceeded, fmt::format("the reply has {} bytes", bytes)};
        send(FrameKind::error, error_number(error.code), id, encode_error_text(error));
    }
    pump();
}

void ServerStream::on_end(const Error& why) {
    if (state_ == State::greeting) {
        log_warning("a stream from {} was refused: {}", peer_text(), why.message);
    } else {
        const bool is_command = hello_.stream >= first_command_stream;
        log_line(is_command ? LogLevel::debug : LogLevel::info, "the stream {} from node {} ended: {}",
                 hello_.stream, hello_.from.value, why.message);
        context_->streams.release(hello_, *this);
    }
}

}  // namespace weir::rpc
