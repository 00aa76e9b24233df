// Virtual time: what is to happen, in order, and a clock that jumps from one thing to the next.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "base/time.hpp"

namespace weir::simulation {

class EventLoop : public Clock {
  public:
    std::int64_t wall_ms() const override { return monotonic_us() / 1000; }
    std::int64_t monotonic_us() const override { return now_us_; }

    void after(std::int64_t delay_us, std::function<void()> what) {
        events_.push({now_us_ + delay_us, ++count_, std::move(what)});
    }
    // Runs what is due in the next `duration_us`, or until `is_enough` says so.
    template <class IsEnough>
    void run(std::int64_t duration_us, const IsEnough& is_enough) {
        const auto until = now_us_ + duration_us;
        while (!is_enough() && !events_.empty() && events_.top().at_us <= until) {
            auto what = std::move(const_cast<Event&>(events_.top()).what);  // it goes at once
            now_us_ = events_.top().at_us;
            events_.pop();
            ++steps_;
            what();
        }
    }
    std::uint64_t steps() const { return steps_; }

  private:
    struct Event {
        std::int64_t at_us;
        std::uint64_t number;  // what is due at the same time happens in the order of the calls
        std::function<void()> what;
        bool operator<(const Event& other) const {
            return std::pair{at_us, number} > std::pair{other.at_us, other.number};
        }
    };

    std::priority_queue<Event> events_;
    std::int64_t now_us_ = 1'000'000;
    std::uint64_t count_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace weir::simulation
