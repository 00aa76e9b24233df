// Reads /proc/PID/stat and /proc/PID/status.
#include "app/process_usage.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace weir::app {

namespace {

// Fields 14 and 15, user and system time in ticks; the second field is a name that may hold anything up to
// ')'.
double cpu_seconds(const std::string& stat) {
    std::istringstream fields{stat.substr(std::min(stat.size(), stat.rfind(')') + 1))};
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Result<ProcessUsage> process_usage(int pid) {
    std::ifstream stat{fmt::format("/proc/{}/stat", pid)}, status{fmt::format("/proc/{}/status", pid)};
    std::string line;
    if (!stat || !status || !std::getline(stat, line)) {
        return Error{Errc::not_found, fmt::format("there is no process {}", pid)};
    }
    ProcessUsage usage{.cpu_seconds = cpu_seconds(line)};
    while (std::getline(status, line)) {
        std::istringstream fields{line};
        std::string name;
        std::int64_t kib = 0;
        fields >> name >> kib;
        if (name == "VmRSS:") usage.resident_bytes = kib * 1024;
        if (name == "VmHWM:") usage.peak_resident_bytes = kib * 1024;
    }
    return usage;
}

double own_cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace weir::app
