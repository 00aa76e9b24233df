// Tells a client that publishes on and on from one that goes on only with an answer: the former may be
// answered a moment later, the latter would stand still for that long.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/trial.hpp"

namespace weir::amqp {

// Of one channel. Whoever has not been found to wait is made to wait for a millisecond's worth of others; if
// it has sent nothing for most of that time it is at the end of its window, and is left alone for a while.
// Times are of a monotonic clock, in us.
class PublishFlow {
  public:
    static constexpr std::int64_t often_us = 500;    // what is handed over less often need not wait for more
    static constexpr std::int64_t telling_us = 500;  // what is answered sooner tells nothing
    static constexpr Trial::Limits mistakes{.first_rest = 16, .most_rest = 4096, .proven = 64};  // answers

    PublishFlow() { trial_.failed(); }  // nothing is known of it yet

    // Publishes are handed over to their queues. Whether they may be answered a moment later.
    bool published(std::int64_t now_us) {
        return now_us - std::exchange(published_us_, now_us) < often_us && is_steady();
    }
    // What was handed over at `since_us` is answered.
    void answered(std::int64_t since_us, std::int64_t now_us) {
        const auto wait_us = now_us - std::max(since_us, std::exchange(answered_us_, now_us));
        if (!trial_.may_begin() || wait_us < telling_us) return;
        const bool is_sending = now_us - published_us_ <= wait_us / 2;
        is_sending ? trial_.succeeded() : trial_.failed();
    }
    bool is_steady() const { return !trial_.is_resting(); }

  private:
    std::int64_t published_us_ = 0;
    std::int64_t answered_us_ = 0;
    Trial trial_{mistakes};
};

}  // namespace weir::amqp
