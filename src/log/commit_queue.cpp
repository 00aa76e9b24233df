// The pending round, and when to take it.
#include "log/commit_queue.hpp"

#include "base/assert.hpp"
#include "base/time.hpp"

namespace weir::log {

Ticket CommitQueue::push(PendingEntry&& entry) {
    bool wake = false;
    Ticket ticket = 0;
    {
        const std::lock_guard lock{mutex_};
        bytes_ += entry.batch.bytes.size();
        entries_.push_back(std::move(entry));
        wake = wake_at_ != 0 && (entries_.size() == wake_at_ || bytes_ >= enough_bytes);
        ticket = round_;
    }
    if (wake) grown_.notify_one();
    return ticket;
}

Ticket CommitQueue::latest() const {
    const std::lock_guard lock{mutex_};
    return entries_.empty() ? round_ - 1 : round_;
}

Ticket CommitQueue::taken() const {
    const std::lock_guard lock{mutex_};
    return round_ - 1;
}

Ticket CommitQueue::take(std::vector<PendingEntry>& entries) {
    ASSERT(entries.empty());
    const std::lock_guard lock{mutex_};
    entries.swap(entries_);
    bytes_ = 0;
    return entries.empty() ? round_ - 1 : round_++;
}

bool CommitQueue::wait(std::int64_t spacing_us) {
    std::unique_lock lock{mutex_};
    const auto wait_for = [&](std::size_t count, auto&& block) {
        wake_at_ = count;
        while (!closed_ && entries_.size() < count && bytes_ < enough_bytes && block()) {
        }
        wake_at_ = 0;
    };
    wait_for(1, [&] { return grown_.wait(lock), true; });
    if (entries_.empty()) return false;
    const auto due_us = last_start_us_ + spacing_us;
    wait_for(last_size_, [&] {
        const auto left_us = due_us - system_clock().monotonic_us();
        return left_us > 0 &&
               grown_.wait_for(lock, std::chrono::microseconds{left_us}) == std::cv_status::no_timeout;
    });
    last_size_ = entries_.size();
    last_start_us_ = system_clock().monotonic_us();
    return true;
}

void CommitQueue::close() {
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    grown_.notify_all();
}

}  // namespace weir::log
