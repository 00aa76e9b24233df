// An executor with timers that runs what is due when the test says so, on the test's thread.
#pragma once

#include <algorithm>
#include <deque>
#include <map>

#include "runtime/timed_executor.hpp"
#include "support/flag_timer.hpp"
#include "support/manual_clock.hpp"

namespace weir::test {

class ManualTimedExecutor : public runtime::TimedExecutor {
  public:
    explicit ManualTimedExecutor(const ManualClock& clock) : clock_(clock) {}

    void post(runtime::Task task) override { tasks_.push_back(std::move(task)); }
    std::unique_ptr<runtime::Timer> run_after(std::int64_t delay_ms, runtime::Task task) override {
        auto alive = std::make_shared<bool>(true);
        timers_.emplace(clock_.monotonic_ms() + delay_ms, std::pair(alive, std::move(task)));
        return std::make_unique<FlagTimer>(std::move(alive));
    }
    bool run_one() {
        while (!timers_.empty() && timers_.begin()->first <= clock_.monotonic_ms()) {
            auto [alive, task] = std::move(timers_.begin()->second);
            timers_.erase(timers_.begin());
            // It may be destroyed until its turn comes.
            tasks_.push_back([is_alive = std::move(alive), timed = std::move(task)] {
                if (*is_alive) timed();
            });
        }
        if (tasks_.empty()) return false;
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
        return true;
    }
    void run_all() {
        while (run_one()) continue;
    }
    bool has_timers() const {
        return std::ranges::any_of(timers_, [](const auto& timer) { return *timer.second.first; });
    }
    void drop_all() {
        tasks_.clear();
        timers_.clear();
    }

  private:
    const ManualClock& clock_;
    std::deque<runtime::Task> tasks_;
    std::multimap<std::int64_t, std::pair<std::shared_ptr<bool>, runtime::Task>> timers_;
};

}  // namespace weir::test
