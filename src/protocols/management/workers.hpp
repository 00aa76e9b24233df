// A few threads for work that waits: requests whose answers come from other threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::management {

// Safe from any thread.
class Workers {
  public:
    Workers(std::size_t threads, std::size_t max_waiting);
    ~Workers() { stop(); }

    // Runs `task` on one of the threads; false if too many wait already, or stop() was called.
    bool run(std::function<void()> task);
    // Returns when what was begun is done; what waits is dropped.
    void stop();

  private:
    void work();

    const std::size_t max_waiting_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace weir::management
