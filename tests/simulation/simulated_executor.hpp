// A thread of a simulated process: its tasks in order, its timers, and an end that forgets them all.
#pragma once

#include <deque>
#include <functional>

#include "runtime/timed_executor.hpp"
#include "simulation/dice.hpp"
#include "simulation/event_loop.hpp"

namespace weir::simulation {

class SimulatedExecutor : public runtime::TimedExecutor {
  public:
    // `after_task` is called after each; it may end() the thread.
    SimulatedExecutor(EventLoop& loop, Dice& dice, std::function<void()> after_task)
        : loop_(loop), dice_(dice), after_task_(std::move(after_task)) {}

    void post(runtime::Task task) override;
    std::unique_ptr<runtime::Timer> run_after(std::int64_t delay_ms, runtime::Task task) override;
    // No task of before runs any more; those that are posted later are another process's.
    void end();
    void set_slow(bool is_slow) { is_slow_ = is_slow; }

  private:
    void run(std::uint64_t life);

    EventLoop& loop_;
    Dice& dice_;
    const std::function<void()> after_task_;
    std::deque<runtime::Task> tasks_;
    bool is_scheduled_ = false;
    bool is_slow_ = false;
    std::uint64_t life_ = 0;
};

}  // namespace weir::simulation
