// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "base/time.hpp"

namespace weir::test {

class ManualClock : public Clock {
  public:
    std::int64_t wall_ms() const override { return start_ms + us_.load() / 1000; }
    std::int64_t monotonic_us() const override { return us_.load(); }
    void advance_ms(std::int64_t ms) { us_ += ms * 1000; }

    static constexpr std::int64_t start_ms = 1'700'000'000'000;

  private:
    std::atomic<std::int64_t> us_{1'000'000};
};

}  // namespace weir::test
