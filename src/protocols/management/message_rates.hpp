// How fast messages pass, from what was counted when it was asked for before.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "broker/queue/queue_counters.hpp"
#include "protocols/management/json.hpp"

namespace weir::management {

// A rate is of the last 5 to 10 seconds, or of the time since it was last asked for if that is longer.
inline constexpr std::int64_t rate_sample_ms = 5'000;
// What nobody has asked for so long is forgotten.
inline constexpr std::int64_t rate_memory_ms = 600'000;
inline constexpr std::int64_t max_samples = 1'000;

// What was counted at a moment: what has passed, and what is there.
struct MessageCounts {
    queue::QueueCounters counters{};
    std::uint64_t ready = 0;
    std::uint64_t unready = 0;
};

// The moments of which samples are wanted: now, and every step before as long as something is known.
struct SampleWindow {
    std::int64_t age_ms = 0;
    std::int64_t step_ms = 0;  // more than 0
};

struct SampleWindows {
    std::optional<SampleWindow> passed{};
    std::optional<SampleWindow> lengths{};
};

struct MessageStats {
    Json passed = Json::object();  // the object message_stats
    // messages_details, messages_ready_details, messages_unacknowledged_details
    Json lengths = Json::object();
};

// Safe from any thread.
class MessageRates {
  public:
    // Of what the name stands for. `now_ms`: of a clock that never goes back; `wall_ms`: what it is called.
    MessageStats stats(const std::string& name, const MessageCounts& now, std::int64_t now_ms,
                       std::int64_t wall_ms, const SampleWindows& windows = {});
    // All that was asked for before.
    void forget();

  private:
    struct Sample {
        MessageCounts counts;
        std::int64_t at_ms = 0;
    };
    struct Known {
        Sample old, last;
        std::int64_t asked_ms = 0;
    };
    using Samples = std::vector<Sample>;  // the oldest first; the last one is of now
    Samples samples_until(const MessageCounts& now, const std::string& name, std::int64_t now_ms);
    void forget_old(std::int64_t now_ms);
    template <class Count>
    static Json details(const Samples& samples, std::int64_t wall_ms,
                        const std::optional<SampleWindow>& window, Count count);

    std::mutex mutex_;  // guards what follows
    std::map<std::string, Known> known_;
    std::int64_t forgot_ms_ = 0;
};

}  // namespace weir::management
