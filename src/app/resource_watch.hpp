// Looks now and then whether disk space or memory run low, and tells when that changes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/file.hpp"

namespace weir::app {

struct ResourceLimits {
    std::string directory;              // on the disk that is watched
    std::uint64_t disk_free_bytes = 0;  // less is low
    std::uint64_t memory_bytes = 0;     // of the process; more is low. 0: memory is never low
};

// Resources that somebody has said to be low, whatever is measured.
struct Alarms {
    bool disk = false;
    bool memory = false;
};

// What is low then: "disk", "memory", "memory & disk", or "".
std::string low_resources(const ResourceLimits& limits, std::uint64_t disk_free_bytes,
                          std::uint64_t memory_bytes, const Alarms& alarms = {});
// Memory of this process that is no file's, and all that the machine has; 0 where the system does not say.
std::uint64_t process_memory_bytes();
std::uint64_t machine_memory_bytes();

// A thread of its own.
class ResourceWatch {
  public:
    using Tell = std::function<void(const std::string& low)>;
    // `tell` is called on the watch's thread, or by change(); at first if something is low. `files` must
    // outlive this.
    ResourceWatch(ResourceLimits limits, runtime::FileSystem& files, Tell tell);
    ~ResourceWatch();
    // Changes what is watched for, and looks at once. From any thread.
    void change(const std::function<void(ResourceLimits&, Alarms&)>& action);

  private:
    void watch();
    void look();

    runtime::FileSystem& files_;
    const Tell tell_;
    std::mutex mutex_;  // guards what follows
    ResourceLimits limits_;
    Alarms alarms_;
    std::string told_;
    std::condition_variable over_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace weir::app
