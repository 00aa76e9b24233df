// Clocks as arguments: whoever needs the time is handed a Clock, so that tests and the simulator can be it.
#pragma once

#include <cstdint>

namespace weir {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual std::int64_t wall_ms() const = 0;       // milliseconds since 1970-01-01 UTC; may jump
    virtual std::int64_t monotonic_us() const = 0;  // microseconds from an arbitrary start; never goes back
    std::int64_t monotonic_ms() const { return monotonic_us() / 1000; }
};

// The machine's clocks. Safe from any thread.
Clock& system_clock();

}  // namespace weir
