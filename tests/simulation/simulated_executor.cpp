// Tasks as events.
#include "simulation/simulated_executor.hpp"

#include "support/flag_timer.hpp"

namespace weir::simulation {

void SimulatedExecutor::post(runtime::Task task) {
    tasks_.push_back(std::move(task));
    if (std::exchange(is_scheduled_, true)) return;
    const auto delay_us = is_slow_ ? dice_.between(500, 20'000) : dice_.between(1, 100);
    loop_.after(delay_us, [this, life = life_] { run(life); });
}

// What is there by now, so that an event does not stand for one task only.
void SimulatedExecutor::run(std::uint64_t life) {
    for (auto left = tasks_.size(); life == life_ && left > 0; --left) {
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
        after_task_();
    }
    if (life != life_) return;
    is_scheduled_ = !tasks_.empty();
    if (!is_scheduled_) return;
    const auto delay_us = is_slow_ ? dice_.between(500, 20'000) : dice_.between(1, 100);
    loop_.after(delay_us, [this, life] { run(life); });
}

std::unique_ptr<runtime::Timer> SimulatedExecutor::run_after(std::int64_t delay_ms, runtime::Task task) {
    auto is_set = std::make_shared<bool>(true);
    loop_.after(delay_ms * 1000, [this, is_set, life = life_, task = std::move(task)] {
        if (life != life_ || !*is_set) return;
        post([is_set, task] {
            if (*is_set) task();
        });
    });
    return std::make_unique<test::FlagTimer>(std::move(is_set));
}

void SimulatedExecutor::end() {
    ++life_;
    tasks_.clear();
    is_scheduled_ = false;
    is_slow_ = false;
}

}  // namespace weir::simulation
