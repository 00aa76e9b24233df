// Where work runs, as an argument: a thread, a reactor, or a test's own queue.
#pragma once

#include <functional>

namespace weir {

class Executor {
  public:
    virtual ~Executor() = default;
    // Runs `task` later, never within this call; one task at a time, in the order of the calls. Safe from any
    // thread.
    virtual void post(std::function<void()> task) = 0;
};

}  // namespace weir
