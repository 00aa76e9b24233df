// Which of a channel's publishes wait for their queues, and which confirms the client has not been told of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

namespace weir::amqp {

// The publishes of a channel are numbered from 1 on. Takes a byte for each behind the first that waits.
class Confirms {
  public:
    bool is_on = false;
    bool flush_queued = false;  // for its owner

    // The next publish; its number.
    std::uint64_t add() {
        is_waiting_.push_back(true);
        ++waiting_;
        return first_ + is_waiting_.size() - 1;
    }
    // It waits no more; the client is to be told of what was taken.
    void settle(std::uint64_t number, bool is_taken) {
        if (number < first_ || !is_waiting_[number - first_]) return;
        is_waiting_[number - first_] = false;
        --waiting_;
        for (; !is_waiting_.empty() && !is_waiting_.front(); ++first_) is_waiting_.pop_front();
        if (is_taken) taken_.push_back(number);
    }
    std::size_t waiting() const { return waiting_; }

    // Calls acknowledge(number, whether all before it are meant, too) for those of which the client was not
    // told: once for all before the first that still waits.
    template <class Acknowledge>
    void take(Acknowledge acknowledge) {
        std::ranges::sort(taken_);
        const auto end = std::ranges::lower_bound(taken_, first_);
        if (end != taken_.begin()) acknowledge(*std::prev(end), std::distance(taken_.begin(), end) > 1);
        for (auto at = end; at != taken_.end(); ++at) acknowledge(*at, false);
        taken_.clear();
    }

  private:
    std::uint64_t first_ = 1;      // that waits
    std::deque<bool> is_waiting_;  // from there on
    std::size_t waiting_ = 0;
    std::vector<std::uint64_t> taken_;
};

}  // namespace weir::amqp
