// How fast messages pass, from what was counted when it was asked for before.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "broker/queue/queue_counters.hpp"
#include "protocols/management/json.hpp"

namespace weir::management {

// A rate is of the last 5 to 10 seconds, or of the time since it was last asked for if that is longer.
inline constexpr std::int64_t rate_sample_ms = 5'000;
// What nobody has asked for so long is forgotten.
inline constexpr std::int64_t rate_memory_ms = 600'000;

// Safe from any thread.
class MessageRates {
  public:
    // The object message_stats, of what the name stands for. `now_ms`: of a clock that never goes back.
    Json stats(const std::string& name, const queue::QueueCounters& now, std::int64_t now_ms);

  private:
    struct Sample {
        queue::QueueCounters counters;
        std::int64_t at_ms = 0;
    };
    struct Known {
        Sample old, last;
        std::int64_t asked_ms = 0;
    };
    Sample sample_before(const std::string& name, const queue::QueueCounters& now, std::int64_t now_ms);
    void forget_old(std::int64_t now_ms);

    std::mutex mutex_;  // guards what follows
    std::map<std::string, Known> known_;
    std::int64_t forgot_ms_ = 0;
};

}  // namespace weir::management
