// Heartbeats (AMQP 0-9-1 section 4.2.7): when to send one, and when the peer must be given up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace weir::amqp {

inline constexpr std::int64_t never_ms = std::numeric_limits<std::int64_t>::max();

// Times are of a monotonic clock, in milliseconds. Nothing is due before start().
class Heartbeats {
  public:
    // A timeout of 0 means no heartbeats.
    void start(std::uint16_t timeout_s, std::int64_t now_ms) {
        timeout_ms_ = std::int64_t{timeout_s} * 1000;
        sent_ms_ = received_ms_ = now_ms;
    }
    void stop() { timeout_ms_ = 0; }
    // Anything was sent, or came.
    void sent(std::int64_t now_ms) { sent_ms_ = now_ms; }
    void received(std::int64_t now_ms) { received_ms_ = now_ms; }
    // While the connection is not read, the peer's silence says nothing.
    void pause_watch() { watching_ = false; }
    void resume_watch(std::int64_t now_ms) {
        if (!watching_) received_ms_ = now_ms;
        watching_ = true;
    }

    // A half of the timeout after the last byte that was sent.
    std::int64_t send_due_ms() const { return timeout_ms_ == 0 ? never_ms : sent_ms_ + timeout_ms_ / 2; }
    // RabbitMQ gives up after two to three silent intervals.
    std::int64_t peer_lost_ms() const {
        return timeout_ms_ == 0 || !watching_ ? never_ms : received_ms_ + timeout_ms_ * 5 / 2;
    }
    std::int64_t next_ms() const { return std::min(send_due_ms(), peer_lost_ms()); }

  private:
    std::int64_t timeout_ms_ = 0;
    std::int64_t sent_ms_ = 0;
    std::int64_t received_ms_ = 0;
    bool watching_ = true;
};

}  // namespace weir::amqp
