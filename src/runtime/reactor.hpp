// Reactors: one thread each, on which connections and state machines live; everything of one reactor runs in
// turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/executor.hpp"

namespace weir::runtime {

using Task = std::function<void()>;

// A pending call; destroying or cancelling it on its reactor's thread means the call does not happen.
class Timer {
  public:
    virtual ~Timer() = default;
    virtual void cancel() = 0;
};

class Reactor : public Executor {
  public:
    explicit Reactor(unsigned index);
    ~Reactor() override;
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // Runs `task` on this reactor's thread, after what is queued there already. From any thread. Tasks posted
    // after stop() are dropped.
    void post(Task task) override;
    // Runs `task` once all that is ready now has been handled: the place to flush what several handlers left.
    // Only on this reactor's thread.
    void at_end_of_turn(Task task);
    // Calls `task` in `delay_ms`. Only on this reactor's thread, where the call happens, too.
    [[nodiscard]] std::unique_ptr<Timer> run_after(std::int64_t delay_ms, Task task);

    // Handles events on the calling thread until stop(). Exceptions that escape a task end the process.
    void run();
    void stop();  // from any thread

    unsigned index() const { return index_; }
    bool is_current() const;  // whether the calling thread is this reactor's

    struct Impl;  // of runtime/ only
    Impl& impl() { return *impl_; }

  private:
    unsigned index_;
    std::unique_ptr<Impl> impl_;
};

// The process's reactors and their threads.
class ReactorPool {
  public:
    explicit ReactorPool(unsigned count);  // 1 to 64
    ~ReactorPool();                        // as stop()

    void start();
    // Returns when all threads have ended and every connection is closed; not from a reactor's own thread.
    void stop();

    unsigned size() const;
    Reactor& at(std::size_t index);
    Reactor& next();  // in turn, for what may live anywhere

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::runtime
