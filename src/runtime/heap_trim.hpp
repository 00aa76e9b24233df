// Decides when to give the heap's free memory back to the kernel: once the process is quiet after a burst,
// and now and then under load, where pages that are given back are soon asked for again.
#pragma once

#include <cstdint>

namespace weir::runtime {

class HeapTrim {
  public:
    static constexpr std::int64_t look_interval_ms = 2000;
    static constexpr std::int64_t under_load_interval_ms = 30'000;

    // To be asked each look_interval_ms or so, with a monotonic time and the CPU time of the process until
    // now.
    bool is_due(std::int64_t now_ms, std::int64_t cpu_ms);

  private:
    std::int64_t looked_ms_ = 0, cpu_ms_ = 0, trimmed_ms_ = 0;
    bool has_worked_ = true;  // since the last time
};

// What this process has used so far.
std::int64_t process_cpu_ms();

}  // namespace weir::runtime
