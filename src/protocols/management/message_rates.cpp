// Two samples of each, so that there is always one that is old enough.
#include "protocols/management/message_rates.hpp"

namespace weir::management {

namespace {

double rate(std::uint64_t before, std::uint64_t now, std::int64_t ms) {
    if (now < before || ms <= 0) return 0;  // another leader counts anew
    return static_cast<double>(now - before) * 1000.0 / static_cast<double>(ms);
}

}  // namespace

MessageRates::Sample MessageRates::sample_before(const std::string& name, const queue::QueueCounters& now,
                                                 std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    forget_old(now_ms);
    const Sample sample{now, now_ms};
    auto& known = known_.try_emplace(name, Known{sample, sample, now_ms}).first->second;
    known.asked_ms = now_ms;
    if (now_ms - known.last.at_ms >= rate_sample_ms) known.old = std::exchange(known.last, sample);
    return known.old;
}

void MessageRates::forget_old(std::int64_t now_ms) {
    if (now_ms - forgot_ms_ < rate_memory_ms) return;
    forgot_ms_ = now_ms;
    std::erase_if(known_, [&](const auto& one) { return now_ms - one.second.asked_ms > rate_memory_ms; });
}

Json MessageRates::stats(const std::string& name, const queue::QueueCounters& now, std::int64_t now_ms) {
    const auto before = sample_before(name, now, now_ms);
    Json out = Json::object();
    const auto add = [&](const char* what, std::uint64_t queue::QueueCounters::* count) {
        out[what] = now.*count;
        out[std::string{what} + "_details"] = {
            {"rate", rate(before.counters.*count, now.*count, now_ms - before.at_ms)}};
    };
    add("publish", &queue::QueueCounters::published);
    add("deliver_get", &queue::QueueCounters::delivered);
    add("ack", &queue::QueueCounters::acknowledged);
    add("redeliver", &queue::QueueCounters::redelivered);
    return out;
}

}  // namespace weir::management
