// How many logins came in by a door, good and bad, for those who watch it.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::access {

// Safe from any thread.
class LoginCounts {
  public:
    void add(bool is_good) { (is_good ? good_ : bad_).fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t good() const { return good_.load(std::memory_order_relaxed); }
    std::uint64_t bad() const { return bad_.load(std::memory_order_relaxed); }
    // What comes meanwhile may be forgotten, too.
    void clear() { good_ = bad_ = 0; }

  private:
    std::atomic<std::uint64_t> good_{0};
    std::atomic<std::uint64_t> bad_{0};
};

}  // namespace weir::access
