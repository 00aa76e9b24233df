// How long to wait before the next attempt: longer each time, and not the same for everybody.
#pragma once

#include <algorithm>

#include "base/random.hpp"

namespace weir::rpc {

struct BackoffOptions {
    std::int64_t first_ms = 50;
    std::int64_t max_ms = 2000;
};

class Backoff {
  public:
    explicit Backoff(BackoffOptions options) : options_(options), next_ms_(options.first_ms) {}

    // From half of the limit to all of it; the limit doubles with each call, up to max_ms.
    std::int64_t next_delay_ms(Random& random) {
        const auto limit_ms = next_ms_;
        next_ms_ = std::min(next_ms_ * 2, options_.max_ms);
        const auto half_ms = limit_ms / 2;
        return half_ms +
               static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(limit_ms - half_ms + 1));
    }
    void reset() { next_ms_ = options_.first_ms; }

  private:
    BackoffOptions options_;
    std::int64_t next_ms_;
};

}  // namespace weir::rpc
