// Two samples of each, so that there is always one that is old enough.
#include "protocols/management/message_rates.hpp"

#include <algorithm>

namespace weir::management {

namespace {

double per_second(double change, std::int64_t ms) {
    return ms <= 0 ? 0 : change * 1000.0 / static_cast<double>(ms);
}

}  // namespace

MessageRates::Samples MessageRates::samples_until(const MessageCounts& now, const std::string& name,
                                                  std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    forget_old(now_ms);
    const Sample sample{now, now_ms};
    auto& known = known_.try_emplace(name, Known{sample, sample, now_ms}).first->second;
    known.asked_ms = now_ms;
    if (now_ms - known.last.at_ms >= rate_sample_ms) known.old = std::exchange(known.last, sample);
    return {known.old, known.last, sample};
}

void MessageRates::forget_old(std::int64_t now_ms) {
    if (now_ms - forgot_ms_ < rate_memory_ms) return;
    forgot_ms_ = now_ms;
    std::erase_if(known_, [&](const auto& one) { return now_ms - one.second.asked_ms > rate_memory_ms; });
}

void MessageRates::forget() {
    const std::lock_guard lock(mutex_);
    known_.clear();
}

// Between two looks the earlier one's count stands.
template <class Count>
Json MessageRates::details(const Samples& samples, std::int64_t wall_ms,
                           const std::optional<SampleWindow>& window, Count count) {
    const auto first_ms = samples.front().at_ms, now_ms = samples.back().at_ms;
    const auto now = count(samples.back().counts);
    Json out{{"rate", per_second(now - count(samples.front().counts), now_ms - first_ms)}};
    if (!window) return out;
    auto points = Json::array();
    double sum = 0;
    const auto begin_ms = std::max(first_ms, now_ms - window->age_ms);
    for (auto at_ms = now_ms; at_ms >= begin_ms && std::ssize(points) < max_samples;
         at_ms -= window->step_ms) {
        const auto at = std::ranges::find_if(samples.rbegin(), samples.rend(),
                                             [&](const auto& sample) { return sample.at_ms <= at_ms; });
        points.push_back({{"sample", count(at->counts)}, {"timestamp", wall_ms - (now_ms - at_ms)}});
        sum += count(at->counts);
    }
    const auto oldest =
        std::ranges::find_if(samples, [&](const auto& sample) { return sample.at_ms >= begin_ms; });
    out["avg"] = sum / static_cast<double>(points.size());
    out["avg_rate"] = per_second(now - count(oldest->counts), now_ms - oldest->at_ms);
    out["samples"] = std::move(points);
    return out;
}

MessageStats MessageRates::stats(const std::string& name, const MessageCounts& now, std::int64_t now_ms,
                                 std::int64_t wall_ms, const SampleWindows& windows) {
    auto samples = samples_until(now, name, now_ms);
    MessageStats out;
    const auto length = [&](const char* what, auto count) {
        out.lengths[what] = details(samples, wall_ms, windows.lengths, count);
    };
    using Counts = const MessageCounts&;
    length("messages_details", [](Counts at) { return static_cast<double>(at.ready + at.unready); });
    length("messages_ready_details", [](Counts at) { return static_cast<double>(at.ready); });
    length("messages_unacknowledged_details", [](Counts at) { return static_cast<double>(at.unready); });
    const auto passed = [&](const std::string& what, std::uint64_t queue::QueueCounters::* counter) {
        const auto current = now.counters.*counter;
        out.passed[what] = current;
        // Another leader counts anew.
        const auto count = [=](Counts at) {
            return static_cast<double>(std::min(at.counters.*counter, current));
        };
        out.passed[what + "_details"] = details(samples, wall_ms, windows.passed, count);
    };
    passed("publish", &queue::QueueCounters::published);
    passed("deliver_get", &queue::QueueCounters::delivered);
    passed("ack", &queue::QueueCounters::acknowledged);
    passed("redeliver", &queue::QueueCounters::redelivered);
    return out;
}

}  // namespace weir::management
