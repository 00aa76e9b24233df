// One pass after the other over all logs.
#include "log/scrubber.hpp"

namespace weir::log {

std::int64_t Scrubber::step(const LogStore& store) {
    if (left_.empty()) begin_pass(store);
    const auto bytes = left_.empty() ? 0 : verify_next(store);
    const auto pause_us = static_cast<std::int64_t>(bytes * 1'000'000 / bytes_per_second_);
    if (!left_.empty()) return pause_us;
    return std::max(pause_us, began_us_ + interval_us_ - clock_.monotonic_us());
}

void Scrubber::begin_pass(const LogStore& store) {
    began_us_ = clock_.monotonic_us();
    left_ = store.keys();
    std::ranges::sort(left_, std::greater{});
}

// How much was read. A damaged log is not read again: it waits for being emptied, or gives out what it can.
std::uint64_t Scrubber::verify_next(const LogStore& store) {
    const auto log = store.find(left_.back());
    if (!log || log->is_damaged()) {
        leave_log();
        return 0;
    }
    const auto from = std::max(at_.value_or(log->log_start()), log->log_start());
    const auto verified = log->verify(from, step_bytes);
    if (!verified || verified->bytes == 0) {
        leave_log();
        return 0;
    }
    at_ = verified->next;
    return verified->bytes;
}

void Scrubber::leave_log() {
    left_.pop_back();
    at_.reset();
}

}  // namespace weir::log
