// What a process has used so far, by the kernel's account (proc(5)).
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace weir::app {

struct ProcessUsage {
    double cpu_seconds = 0;  // user and system, all threads
    std::int64_t resident_bytes = 0;
    std::int64_t peak_resident_bytes = 0;
};

// Errors: not_found (no such process).
Result<ProcessUsage> process_usage(int pid);
// This process's CPU seconds, to the microsecond.
double own_cpu_seconds();

}  // namespace weir::app
