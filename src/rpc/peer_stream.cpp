// Hello and answers on the connecting side.
#include "rpc/peer_stream.hpp"

#include "rpc/error_number.hpp"

namespace weir::rpc {

PeerStream::PeerStream(std::shared_ptr<runtime::Connection> connection, std::shared_ptr<PeerCore> core,
                       runtime::MemoryBudget& budget, Clock& clock)
    : FrameStream(std::move(connection),
                  {.max_body_bytes = core->options().max_body_bytes,
                   .hello_timeout_ms = core->options().connect_timeout_ms,
                   .silence_limit_ms = core->options().silence_limit_ms},
                  budget, clock),
      core_(std::move(core)) {}

void PeerStream::on_frame(std::shared_ptr<Frame> frame) {
    if (!greeted_) return on_greeting(*frame);
    switch (frame->header().kind) {
        case FrameKind::reply:
        case FrameKind::error: return core_->on_answer(std::move(frame));
        case FrameKind::pong: return;
        case FrameKind::hello:
        case FrameKind::request:
        case FrameKind::message:
        case FrameKind::ping: break;
    }
    close({Errc::corrupt, "a frame of a kind that only a caller sends"});
}

void PeerStream::on_greeting(const Frame& frame) {
    if (frame.header().kind == FrameKind::hello) return on_hello(frame);
    if (frame.header().kind != FrameKind::error) return close({Errc::corrupt, "the first frame is no hello"});
    auto error = decode_error(frame.header().code, frame.body());
    close({error.code, fmt::format("it refuses: {}", error.message)});
}

void PeerStream::on_hello(const Frame& frame) {
    const auto hello = decode_hello(frame.body());
    if (!hello) return close(hello.error());
    const auto& options = core_->options();
    if (auto version = check_hello(options.self, *hello, peer_certificate()); !version)
        return close(version.error());
    if (hello->from != options.node && options.node != any_node) {
        return close({Errc::not_authorized,
                      fmt::format("it is node {}, not node {}", hello->from.value, options.node.value)});
    }
    greeted_ = true;
    admit_peer();
    core_->on_ready();
}

void PeerStream::on_sent() {
    core_->count_held_bytes();
    FrameStream::on_sent();
}

void PeerStream::on_tick() {
    core_->count_held_bytes();
    if (silent_ms() > 0) send(FrameKind::ping, 0, 0);
}

void PeerStream::on_end(const Error& why) {
    core_->on_stream_end(why);
}

}  // namespace weir::rpc
