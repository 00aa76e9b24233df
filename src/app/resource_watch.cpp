// Free space is the file system's word, memory the kernel's.
#include "app/resource_watch.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/log_line.hpp"

namespace weir::app {
namespace {

constexpr std::chrono::seconds interval{1};

}  // namespace

std::string low_resources(const ResourceLimits& limits, std::uint64_t disk_free_bytes,
                          std::uint64_t memory_bytes, const Alarms& alarms) {
    const bool is_disk = alarms.disk || disk_free_bytes < limits.disk_free_bytes;
    const bool is_memory = alarms.memory || (limits.memory_bytes != 0 && memory_bytes > limits.memory_bytes);
    if (is_disk && is_memory) return "memory & disk";
    return is_disk ? "disk" : is_memory ? "memory" : "";
}

std::uint64_t process_memory_bytes() {
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;) {
        std::uint64_t kib = 0;
        if (word == "RssAnon:" && status >> kib) return kib * 1024;
    }
    return 0;
}

std::uint64_t machine_memory_bytes() {
    const auto pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    return pages <= 0 || page_bytes <= 0 ? 0 : static_cast<std::uint64_t>(pages) * page_bytes;
}

ResourceWatch::ResourceWatch(ResourceLimits limits, runtime::FileSystem& files, Tell tell)
    : files_(files), tell_(std::move(tell)), limits_(std::move(limits)), thread_([this] { watch(); }) {}

ResourceWatch::~ResourceWatch() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    over_.notify_all();
    thread_.join();
}

void ResourceWatch::change(const std::function<void(ResourceLimits&, Alarms&)>& action) {
    const std::lock_guard lock(mutex_);
    action(limits_, alarms_);
    look();
}

void ResourceWatch::watch() {
    std::unique_lock lock(mutex_);
    do look();
    while (!over_.wait_for(lock, interval, [this] { return is_over_; }));
}

void ResourceWatch::look() {
    const auto free = files_.free_bytes(limits_.directory);
    const auto used = process_memory_bytes();
    const auto low = low_resources(limits_, free ? *free : UINT64_MAX, used, alarms_);
    if (low == std::exchange(told_, low)) return;
    if (low.empty())
        log_info("no resource is low any more: clients may publish again");
    else
        log_warning(
            "low on {}: clients that publish have to wait. Free on disk: {} MiB (least: {}, "
            "amqp.disk-free-limit-bytes), memory in use: {} MiB (most: {}, amqp.memory-limit-bytes)",
            low, free ? *free >> 20 : 0, limits_.disk_free_bytes >> 20, used >> 20,
            limits_.memory_bytes >> 20);
    tell_(low);
}

}  // namespace weir::app
