// Where a state machine with deadlines runs: an executor that also has timers. A reactor, or a test's own.
#pragma once

#include <cstdint>
#include <memory>

#include "base/executor.hpp"
#include "runtime/reactor.hpp"

namespace weir::runtime {

class TimedExecutor : public Executor {
  public:
    // Runs `task` in `delay_ms`, unless the timer is destroyed before. Only from one of the executor's tasks.
    [[nodiscard]] virtual std::unique_ptr<Timer> run_after(std::int64_t delay_ms, Task task) = 0;
};

// The reactor must outlive it.
class ReactorExecutor : public TimedExecutor {
  public:
    explicit ReactorExecutor(Reactor& reactor) : reactor_(reactor) {}
    void post(Task task) override { reactor_.post(std::move(task)); }
    std::unique_ptr<Timer> run_after(std::int64_t delay_ms, Task task) override {
        return reactor_.run_after(delay_ms, std::move(task));
    }

  private:
    Reactor& reactor_;
};

}  // namespace weir::runtime
