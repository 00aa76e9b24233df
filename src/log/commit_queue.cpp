// The pending round, and when to take it.
#include "log/commit_queue.hpp"

#include "base/assert.hpp"
#include "base/time.hpp"

namespace weir::log {

Ticket CommitQueue::push(std::span<PendingEntry> entries) {
    bool wake = false;
    Ticket ticket = 0;
    {
        const std::lock_guard lock{mutex_};
        for (auto& entry : entries) {
            bytes_ += entry.batch.bytes.size();
            entries_.push_back(std::move(entry));
        }
        ++pushes_;
        wake = wake_at_ != 0 && (pushes_ == wake_at_ || bytes_ >= enough_bytes);
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
    pushes_ = 0;
    return entries.empty() ? round_ - 1 : round_++;
}

// With the lock, until there have been so many, or block() says that the time is up.
template <class Block>
void CommitQueue::wait_for(std::size_t pushes, Block&& block) {
    wake_at_ = pushes;
    while (!closed_ && pushes_ < pushes && bytes_ < enough_bytes && block()) {
    }
    wake_at_ = 0;
}

bool CommitQueue::wait(std::int64_t spacing_us) {
    std::unique_lock lock{mutex_};
    const auto due_us = last_start_us_ + spacing_us;
    const auto until_due = [&] {
        const auto left_us = due_us - system_clock().monotonic_us();
        return left_us > 0 &&
               grown_.wait_for(lock, std::chrono::microseconds{left_us}) == std::cv_status::no_timeout;
    };
    // Who is sure to wait on need not be woken by the first push.
    if (is_crowded_ && last_pushes_ > 1) wait_for(last_pushes_, until_due);
    is_crowded_ = !entries_.empty();
    wait_for(1, [&] { return grown_.wait(lock), true; });
    if (entries_.empty()) return false;
    is_crowded_ |= system_clock().monotonic_us() < due_us;
    wait_for(last_pushes_, until_due);
    last_pushes_ = pushes_;
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
