// What this process uses of its machine.
#pragma once

#include <cstdint>
#include <string>

namespace weir::management {

struct ProcessFacts {
    std::uint64_t resident_bytes = 0;
    std::uint64_t memory_bytes = 0;  // of the machine
    std::uint64_t open_files = 0;
    std::uint64_t file_limit = 0;
    std::uint64_t threads = 0;
    std::uint64_t thread_limit = 0;
    std::uint64_t free_disk_bytes = 0;  // where the directory is
    double cpu_seconds = 0;             // since the process began
};
// What can't be had is 0.
ProcessFacts process_facts(const std::string& directory);

}  // namespace weir::management
