// Frames in, frames out, and the watch over a peer that falls silent.
#include "rpc/frame_stream.hpp"

#include "rpc/hello.hpp"

namespace weir::rpc {

namespace {

constexpr std::int64_t memory_retry_ms = 10;
constexpr std::int64_t ticks_per_silence = 5;
constexpr std::size_t joined_body_bytes = 16 * 1024;  // up to which a body is copied behind its header

Error closed_by_peer(std::string_view failure) {
    if (failure.empty()) return {Errc::unavailable, "the other node closed the stream"};
    return {Errc::unavailable, std::string{failure}};
}

}  // namespace

FrameStream::FrameStream(std::shared_ptr<runtime::Connection> connection, const FrameStreamOptions& options,
                         runtime::MemoryBudget& budget, Clock& clock)
    : connection_(std::move(connection)),
      reactor_(connection_->reactor()),
      peer_text_(connection_->peer().text()),
      options_(options),
      clock_(clock),
      frames_(max_hello_bytes, budget),
      last_life_ms_(clock.monotonic_ms()) {}

void FrameStream::start() {
    const auto limit_ms = options_.hello_timeout_ms;
    hello_timer_ = reactor_.run_after(limit_ms, [self = shared_from_this(), limit_ms] {
        self->close({Errc::timed_out, fmt::format("no hello within {} ms", limit_ms)});
    });
}

void FrameStream::admit_peer() {
    hello_timer_.reset();
    frames_.set_max_body_bytes(options_.max_body_bytes);
    watch_silence();
}

void FrameStream::watch_silence() {
    const auto delay_ms = std::max<std::int64_t>(options_.silence_limit_ms / ticks_per_silence, 1);
    silence_timer_ = reactor_.run_after(delay_ms, [self = shared_from_this()] { self->tick(); });
}

void FrameStream::tick() {
    // Output that was stuck and has shrunk was taken by a peer that lives, even if its answer lies behind
    // megabytes. The kernel's taking what never was stuck proves nothing. And who is not read can't be heard.
    const auto unsent = unsent_bytes();
    if (unsent < stuck_bytes_ || !is_ready()) last_life_ms_ = clock_.monotonic_ms();
    stuck_bytes_ = unsent;
    if (silent_ms() >= options_.silence_limit_ms)
        return close({Errc::timed_out, fmt::format("nothing was heard for {} ms", silent_ms())});
    on_tick();
    if (is_open()) watch_silence();
}

void FrameStream::on_read(std::size_t count) {
    last_life_ms_ = clock_.monotonic_ms();
    frames_.received(count);
    pump();
}

// Handles every frame that is there, then reads on if nothing holds it back.
void FrameStream::pump() {
    if (pumping_) return;  // what a frame caused comes back here
    pumping_ = true;
    const auto self = shared_from_this();  // whoever owns the stream may let go of it on the way
    while (connection_ && !memory_timer_) {
        if (!is_ready()) {
            connection_->pause_reading();
            break;
        }
        auto frame = frames_.next();
        if (!frame && frame.error().code == Errc::no_space) {
            wait_for_memory();
        } else if (!frame) {
            close(frame.error());
        } else if (!*frame) {
            connection_->resume_reading();
            break;
        } else {
            on_frame(std::move(*frame));
        }
    }
    pumping_ = false;
}

void FrameStream::wait_for_memory() {
    connection_->pause_reading();
    memory_timer_ = reactor_.run_after(memory_retry_ms, [self = shared_from_this()] {
        self->memory_timer_.reset();
        self->last_life_ms_ = self->clock_.monotonic_ms();  // it was not the peer that was silent
        self->pump();
    });
}

void FrameStream::send(FrameKind kind, std::uint16_t code, std::uint64_t id, Bytes body,
                       std::vector<runtime::FileRange> ranges) {
    if (!connection_) return;
    std::uint64_t range_bytes = 0;
    for (const auto& range : ranges) range_bytes += range.size;
    auto head = encode_frame_header(header_for(kind, code, id, body, range_bytes));
    if (body.size() <= joined_body_bytes) head.insert(head.end(), body.begin(), body.end());
    connection_->send(std::move(head));
    if (body.size() > joined_body_bytes) connection_->send(std::move(body));
    for (auto& range : ranges) connection_->send_file(std::move(range.file), range.position, range.size);
}

void FrameStream::close(Error why) {
    if (!connection_) return;
    end_ = std::move(why);
    const auto connection = connection_;  // on_closed() lets go of it
    connection->close();
}

void FrameStream::on_closed() {
    const auto self = shared_from_this();
    const auto why = end_.value_or(closed_by_peer(connection_->failure()));
    ended_ = true;
    connection_.reset();
    hello_timer_.reset();
    silence_timer_.reset();
    memory_timer_.reset();
    on_end(why);
}

}  // namespace weir::rpc
