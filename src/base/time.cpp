// The machine's clocks.
#include "base/time.hpp"

#include <chrono>

namespace weir {

namespace {

template <class Unit, class ClockType>
std::int64_t since_epoch() {
    return std::chrono::duration_cast<Unit>(ClockType::now().time_since_epoch()).count();
}

class SystemClock : public Clock {
  public:
    std::int64_t wall_ms() const override {
        return since_epoch<std::chrono::milliseconds, std::chrono::system_clock>();
    }
    std::int64_t monotonic_us() const override {
        return since_epoch<std::chrono::microseconds, std::chrono::steady_clock>();
    }
};

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

}  // namespace weir
