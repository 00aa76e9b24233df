// Connecting again and again, and every call answered exactly once.
#include "rpc/peer_core.hpp"

#include "base/log_line.hpp"
#include "rpc/error_number.hpp"
#include "rpc/peer_stream.hpp"

namespace weir::rpc {

namespace {

// A stream that was ready for so long and ends is tried again at once: whoever refuses is gone. Two nodes
// that take one another's stream away do so more slowly.
constexpr std::int64_t settled_ms = 1000;

std::string place_of(const PeerOptions& options) {
    if (options.node == any_node) return fmt::format("the node at {}", options.endpoint.text());
    return fmt::format("node {} at {}", options.node.value, options.endpoint.text());
}

}  // namespace

PeerCore::PeerCore(PeerOptions options, runtime::Reactor& reactor, runtime::MemoryBudget& budget,
                   Clock& clock, Random& random)
    : options_(std::move(options)),
      reactor_(reactor),
      budget_(budget),
      clock_(clock),
      random_(random),
      backoff_(options_.backoff) {}

Result<void> PeerCore::reserve(std::size_t body_bytes) {
    if (body_bytes > options_.max_body_bytes) {
        return Error{Errc::limit_exceeded, fmt::format("a body of {} bytes is longer than the {} allowed",
                                                       body_bytes, options_.max_body_bytes)};
    }
    posted_bytes_ += body_bytes;
    if (queued_bytes() <= options_.max_queued_bytes) return {};
    posted_bytes_ -= body_bytes;
    reactor_.post([self = shared_from_this()] { self->count_held_bytes(); });
    return Error{Errc::busy, fmt::format("{} bytes wait for node {}", queued_bytes(), options_.node.value)};
}

void PeerCore::start() {
    if (!stopped_) attempt();
}

void PeerCore::attempt() {
    retry_timer_.reset();
    attempt_ = std::max(attempt_ + 1, static_cast<std::uint64_t>(clock_.monotonic_us()));
    const auto weak = weak_from_this();
    connecting_ = runtime::connect(
        {.endpoint = options_.endpoint, .timeout_ms = options_.connect_timeout_ms, .tls = options_.self.tls},
        reactor_, [weak](auto connection) { return weak.lock()->begin_stream(std::move(connection)); },
        [weak](const Error& error) {
            if (const auto self = weak.lock()) self->on_no_connection(error);
        });
}

Hello PeerCore::hello() const {
    return {.cluster_id = options_.self.cluster_id,
            .from = options_.self.id,
            .to = options_.node,
            .stream = options_.stream,
            .incarnation = options_.self.incarnation,
            .attempt = attempt_};
}

// Alive, since whoever drops the attempt is called no more.
std::shared_ptr<runtime::Session> PeerCore::begin_stream(std::shared_ptr<runtime::Connection> connection) {
    stream_ = std::make_shared<PeerStream>(std::move(connection), shared_from_this(), budget_, clock_);
    stream_->start();
    stream_->send(FrameKind::hello, 0, 0, encode_hello(hello()));
    return stream_;
}

void PeerCore::on_ready() {
    connecting_.reset();
    backoff_.reset();
    last_error_ = {};
    connected_ = true;
    is_missed_ = false;
    ready_ms_ = clock_.monotonic_ms();
    log_info("stream {} to {} is ready", options_.stream, place_of(options_));
    for (auto& [id, call] : calls_) send_request(id, call);
    waiting_bytes_ = 0;
    count_held_bytes();
    tell(StreamChange::ready);
}

void PeerCore::tell(StreamChange change) {
    if (options_.on_change) options_.on_change(change);
}

void PeerCore::on_no_connection(const Error& why) {
    on_stream_end(why);
    if (why.code != Errc::unavailable || stopped_ || !std::exchange(is_missed_, false)) return;
    log_warning("{} is gone: nobody listens there any more", place_of(options_));
    tell(StreamChange::refused);
}

bool PeerCore::was_up_for_a_while() const {
    return clock_.monotonic_ms() >= ready_ms_ + settled_ms;
}

void PeerCore::on_stream_end(const Error& why) {
    if (stopped_) return;
    const bool was_connected = connected_.exchange(false);
    report(why, was_connected);
    attempt_later(was_connected && was_up_for_a_while() ? 1 : backoff_.next_delay_ms(random_), why);
    fail_calls(why);
    if (!was_connected) return;
    is_missed_ = true;
    tell(StreamChange::ended);
}

// One line for each new reason, not for each attempt.
void PeerCore::report(const Error& why, bool was_connected) {
    if (!was_connected && last_error_.message == why.message) return;
    log_warning("{} {}: {}", was_connected ? "lost" : "no stream to", place_of(options_), why.message);
}

void PeerCore::attempt_later(std::int64_t delay_ms, const Error& why) {
    last_error_ = why;
    stream_.reset();
    connecting_.reset();
    retry_timer_ = reactor_.run_after(delay_ms, [this] { attempt(); });
}

std::string PeerCore::peer_text() const {
    if (options_.node == any_node) return fmt::format("the node at {}", options_.endpoint.text());
    return fmt::format("node {}", options_.node.value);
}

void PeerCore::fail_calls(const Error& why) {
    waiting_bytes_ = 0;
    count_held_bytes();
    for (auto& [id, call] : std::exchange(calls_, {})) {
        const auto code = call.sent ? Errc::outcome_unknown : Errc::unavailable;
        call.done(Error{stopped_ ? why.code : code, fmt::format("{}: {}", peer_text(), why.message)});
    }
}

void PeerCore::stop() {
    if (std::exchange(stopped_, true)) return;
    connected_ = false;
    retry_timer_.reset();
    connecting_.reset();
    const Error why{Errc::shutting_down, "this node is stopping"};
    if (const auto stream = std::exchange(stream_, nullptr)) stream->close(why);
    fail_calls(why);
}

void PeerCore::call(Method method, Bytes body, std::int64_t timeout_ms, Called done) {
    posted_bytes_ -= body.size();
    if (stopped_) return refuse(std::move(done), {Errc::shutting_down, "this node is stopping"});
    if (retry_timer_)
        return refuse(std::move(done),
                      {Errc::unavailable, fmt::format("{}: {}", peer_text(), last_error_.message)});
    if (calls_.size() >= options_.max_calls)
        return refuse(std::move(done), {Errc::busy, fmt::format("{} calls wait for node {}", calls_.size(),
                                                                options_.node.value)});
    const auto id = next_id_++;
    waiting_bytes_ += body.size();
    auto& call = calls_[id];
    call = {.method = method, .body = std::move(body), .done = std::move(done), .deadline = nullptr};
    call.deadline = reactor_.run_after(timeout_ms, [this, id, timeout_ms] {
        finish(id, Error{Errc::timed_out,
                         fmt::format("{} did not answer within {} ms", peer_text(), timeout_ms)});
    });
    if (connected_) send_request(id, call);
    count_held_bytes();
}

void PeerCore::send_request(std::uint64_t id, Call& call) {
    waiting_bytes_ -= call.body.size();
    call.sent = true;
    stream_->send(FrameKind::request, call.method.value, id, std::move(call.body));
    call.body = {};
}

// Later, so that a caller which tries again at once does not do so within its own call.
void PeerCore::refuse(Called done, Error error) {
    reactor_.post([done = std::move(done), error = std::move(error)] { done(error); });
}

void PeerCore::send(Method method, Bytes body) {
    posted_bytes_ -= body.size();
    if (!connected_) return;
    stream_->send(FrameKind::message, method.value, 0, std::move(body));
    count_held_bytes();
}

void PeerCore::on_answer(std::shared_ptr<Frame> frame) {
    const auto& header = frame->header();
    if (header.kind == FrameKind::error) return finish(header.id, decode_error(header.code, frame->body()));
    finish(header.id, std::move(frame));
}

// An answer that comes after the call's deadline finds no call, and is dropped.
void PeerCore::finish(std::uint64_t id, Result<std::shared_ptr<Frame>> result) {
    auto found = calls_.extract(id);
    if (found.empty()) return;
    if (!found.mapped().sent) waiting_bytes_ -= found.mapped().body.size();
    found.mapped().done(std::move(result));
}

void PeerCore::count_held_bytes() {
    held_bytes_ = waiting_bytes_ + (stream_ ? stream_->unsent_bytes() : 0);
}

}  // namespace weir::rpc
