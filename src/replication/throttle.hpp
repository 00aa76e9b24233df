// At most so many bytes a second, over all the partitions that share it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace weir::replication {

inline constexpr std::int64_t no_limit = INT64_MAX;  // bytes a second

// Pure: times are milliseconds of a monotonic clock, given with each call. One thread. What is not used is
// kept for a second; what goes beyond, since a batch is not cut, is waited for.
class Throttle {
  public:
    void set_rate(std::int64_t bytes_per_s, std::int64_t now_ms) {
        rate_ = std::min(bytes_per_s, largest_rate);
        available_ = std::min(available_, rate_);
        since_ms_ = now_ms;
    }
    // Bytes that may go now; 0 or less: none.
    std::int64_t available(std::int64_t now_ms) {
        const auto earned_ms = std::clamp<std::int64_t>(now_ms - since_ms_, 0, longest_pause_ms);
        since_ms_ = now_ms;
        const auto earned = rate_ * earned_ms + rest_;
        rest_ = earned % 1000;
        available_ = std::min(available_ + earned / 1000, rate_);
        return available_;
    }
    void take(std::int64_t bytes) { available_ -= bytes; }

  private:
    static constexpr std::int64_t largest_rate = std::int64_t{1} << 40;  // as good as no limit
    static constexpr std::int64_t longest_pause_ms = 1'000'000;

    std::int64_t rate_ = largest_rate;
    std::int64_t available_ = largest_rate;
    std::int64_t since_ms_ = 0;
    std::int64_t rest_ = 0;  // thousandths of a byte
};

}  // namespace weir::replication
