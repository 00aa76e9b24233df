// An executor that runs what was posted when the test says so, on the test's thread.
#pragma once

#include <deque>

#include "base/executor.hpp"

namespace weir::test {

class ManualExecutor : public Executor {
  public:
    void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }

    bool run_one() {
        if (tasks_.empty()) return false;
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
        return true;
    }
    void run_all() {
        while (run_one()) continue;
    }
    void drop_all() { tasks_.clear(); }

  private:
    std::deque<std::function<void()>> tasks_;
};

}  // namespace weir::test
