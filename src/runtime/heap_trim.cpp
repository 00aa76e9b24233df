// Quiet is less than a twentieth of a core.
#include "runtime/heap_trim.hpp"

#include <time.h>

namespace weir::runtime {

namespace {

constexpr std::int64_t quiet_share = 20;

}  // namespace

bool HeapTrim::is_due(std::int64_t now_ms, std::int64_t cpu_ms) {
    const bool is_quiet = (cpu_ms - cpu_ms_) * quiet_share < now_ms - looked_ms_;
    looked_ms_ = now_ms;
    cpu_ms_ = cpu_ms;
    if (!is_quiet) has_worked_ = true;
    const bool is_due = has_worked_ && (is_quiet || now_ms - trimmed_ms_ >= under_load_interval_ms);
    if (!is_due) return false;
    trimmed_ms_ = now_ms;
    has_worked_ = !is_quiet;
    return true;
}

std::int64_t process_cpu_ms() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::int64_t{used.tv_sec} * 1000 + used.tv_nsec / 1'000'000;
}

}  // namespace weir::runtime
