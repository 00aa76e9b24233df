// As Linux tells it.
#include "protocols/management/process_facts.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace weir::management {

namespace {

std::uint64_t resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    std::uint64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t memory_bytes() {
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::size_t entries_of(const char* directory) {
    std::error_code error;
    std::filesystem::directory_iterator at{directory, error};
    return error ? 0 : static_cast<std::size_t>(std::distance(begin(at), end(at)));
}

// No more than clients have room for, some of which keep it in 32 bits.
template <class Resource>
std::uint64_t limit_of(Resource resource) {
    rlimit limit{};
    return getrlimit(resource, &limit) == 0 ? std::min<rlim_t>(limit.rlim_cur, INT32_MAX) : 0;
}

std::uint64_t free_disk_bytes(const std::string& directory) {
    struct statvfs facts{};
    if (statvfs(directory.c_str(), &facts) != 0) return 0;
    return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

double cpu_seconds() {
    rusage used{};
    if (getrusage(RUSAGE_SELF, &used) != 0) return 0;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

ProcessFacts process_facts(const std::string& directory) {
    return {.resident_bytes = resident_bytes(),
            .memory_bytes = memory_bytes(),
            .open_files = entries_of("/proc/self/fd"),
            .file_limit = limit_of(RLIMIT_NOFILE),
            .threads = entries_of("/proc/self/task"),
            .thread_limit = limit_of(RLIMIT_NPROC),
            .free_disk_bytes = free_disk_bytes(directory),
            .cpu_seconds = cpu_seconds()};
}

}  // namespace weir::management
