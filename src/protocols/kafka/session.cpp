// The session's order of work: produce requests may overlap one another, anything else runs alone.
#include "protocols/kafka/session.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "broker/broker.hpp"
#include "protocols/kafka/dispatch.hpp"

namespace weir::kafka {

namespace {

// Kafka's clients keep 5 requests in flight; more than this and the connection is read no further.
constexpr std::size_t max_outstanding = 64;
// A reader that does not take its replies gets no new ones computed.
constexpr std::size_t max_unsent_bytes = std::size_t{64} << 20;
constexpr std::int64_t memory_retry_ms = 10;
constexpr std::int64_t idle_check_ms = 1000;

}  // namespace

Environment& Exchange::environment() const {
    return session_->environment_;
}
runtime::Reactor& Exchange::reactor() const {
    return session_->reactor_;
}
const std::string& Exchange::peer_host() const {
    return session_->peer_host_;
}
const runtime::Endpoint& Exchange::advertised() const {
    return session_->advertised_;
}

void Exchange::finish(Reply reply) {
    ASSERT(!finished_);
    finished_ = true;
    reply_ = std::move(reply);
    session_->emit();
}

void Exchange::close_connection(std::string_view why) {
    ASSERT(!finished_);
    finished_ = true;
    session_->close(why);
}

KafkaSession::KafkaSession(std::shared_ptr<runtime::Connection> connection, Environment& environment)
    : environment_(environment),
      connection_(std::move(connection)),
      reactor_(connection_->reactor()),
      peer_(connection_->peer().text()),
      peer_host_(connection_->peer().host),
      advertised_(environment.advertised.value_or(connection_->local())),
      frames_(environment.max_request_bytes, environment.request_memory),
      last_read_ms_(environment.broker.clock().monotonic_ms()) {}

void KafkaSession::start() {
    if (environment_.max_idle_ms > 0) watch_idleness(environment_.max_idle_ms);
}

// A connection with nothing asked and nothing sent for so long is half open, or forgotten.
void KafkaSession::watch_idleness(std::int64_t delay_ms) {
    idle_timer_ = reactor_.run_after(delay_ms, [self = shared_from_this()] {
        const auto idle_ms = self->environment_.broker.clock().monotonic_ms() - self->last_read_ms_;
        const auto left_ms = self->environment_.max_idle_ms - idle_ms;
        if (left_ms <= 0 && self->outstanding_.empty())
            return self->close("it was idle for connections.max.idle.ms");
        self->watch_idleness(std::max<std::int64_t>(left_ms, idle_check_ms));
    });
}

void KafkaSession::on_read(std::size_t count) {
    last_read_ms_ = environment_.broker.clock().monotonic_ms();
    frames_.received(count);
    pump();
}

void KafkaSession::on_sent() {
    pump();
}

void KafkaSession::on_closed() {
    connection_.reset();
    memory_timer_.reset();
    idle_timer_.reset();
    held_back_.reset();
    outstanding_.clear();  // exchanges under way finish into nothing
}

// Starts every request that may start, then reads on if nothing holds it back.
void KafkaSession::pump() {
    if (pumping_) return;  // a reply given at once comes back here
    pumping_ = true;
    while (connection_ && !memory_timer_) {
        if (!held_back_) {
            auto frame = frames_.next();
            if (!frame) {
                if (frame.error().code == Errc::no_space) {
                    wait_for_memory();
                } else {
                    close(frame.error().message);
                }
                break;
            }
            held_back_ = std::move(*frame);
        }
        if (!held_back_) {
            connection_->resume_reading();
            break;
        }
        if (!may_start()) {
            connection_->pause_reading();
            break;
        }
        begin(std::exchange(held_back_, nullptr));
    }
    pumping_ = false;
}

bool KafkaSession::may_start() const {
    if (connection_->unsent_bytes() > max_unsent_bytes) return false;
    if (outstanding_.empty()) return true;
    return outstanding_.size() < max_outstanding && may_overlap(held_back_->bytes()) &&
           may_overlap(outstanding_.back()->frame()->bytes());
}

void KafkaSession::begin(std::shared_ptr<Frame> frame) {
    ByteView body = frame->bytes();
    auto header = take_request_header(body);
    if (!header) return close(header.error().message);
    auto exchange = std::make_shared<Exchange>(shared_from_this(), std::move(frame), *header, body);
    outstanding_.push_back(exchange);
    dispatch(exchange);
}

void KafkaSession::wait_for_memory() {
    connection_->pause_reading();
    memory_timer_ = reactor_.run_after(memory_retry_ms, [self = shared_from_this()] {
        self->memory_timer_.reset();
        self->pump();
    });
}

void KafkaSession::emit() {
    while (connection_ && !outstanding_.empty() && outstanding_.front()->finished()) {
        const auto exchange = std::move(outstanding_.front());
        outstanding_.pop_front();
        send(std::move(exchange->reply_));
        if (!exchange->why_it_closes_.empty()) return close(exchange->why_it_closes_);
    }
    pump();
}

void KafkaSession::send(Reply reply) {
    for (auto& part : reply) {
        if (auto* bytes = std::get_if<Bytes>(&part)) {
            connection_->send(std::move(*bytes));
        } else {
            auto& range = std::get<log::FileRange>(part);
            connection_->send_file(std::move(range.file), range.position, range.size);
        }
    }
}

void KafkaSession::close(std::string_view why) {
    if (!connection_) return;
    log_info("closing the connection of {}: {}", peer_, why);
    const auto connection = connection_;  // on_closed() lets go of it
    connection->close();
}

}  // namespace weir::kafka
