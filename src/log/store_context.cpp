// Free space, and the notes for the housekeeping.
#include "log/store_context.hpp"

#include "base/log_line.hpp"
#include "log/layout.hpp"

namespace weir::log {

void SpaceGuard::wrote(std::uint64_t bytes) {
    unlooked_bytes_ += bytes;
    if (look(unlooked_bytes_ < reserve_bytes_ / 4 ? recheck_ms : 0)) unlooked_bytes_ = 0;
}

void SpaceGuard::ran_out() {
    looked_ms_.store(clock_.monotonic_ms(), std::memory_order_relaxed);
    if (!refusing_.exchange(true))
        log_error("{}: the disk is full; writes are refused until there is room", directory_);
}

bool SpaceGuard::look(std::int64_t at_least_ms) {
    const auto now_ms = clock_.monotonic_ms();
    if (now_ms - looked_ms_.load(std::memory_order_relaxed) < at_least_ms) return false;
    looked_ms_.store(now_ms, std::memory_order_relaxed);
    const auto free = files_.free_bytes(directory_);
    if (!free) return true;
    const bool low = *free < reserve_bytes_;
    const bool before = refusing_.exchange(low);
    if (low && !before) {
        log_error("{}: only {} MiB are free on the disk; writes are refused until there is room", directory_,
                  *free >> 20);
    } else if (!low && before) {
        log_info("{}: there is room on the disk again; writes are taken", directory_);
    }
    return true;
}

StoreContext::StoreContext(runtime::FileSystem& file_system, Clock& the_clock, const std::string& directory,
                           std::size_t max_open_files, std::uint64_t reserve_bytes)
    : files(file_system),
      clock(the_clock),
      topics_directory(directory + "/" + std::string{topics_folder}),
      open_files(file_system, max_open_files),
      space(file_system, the_clock, directory, reserve_bytes) {}

void StoreContext::note_directory(const std::string& path) {
    const std::lock_guard lock{notes_mutex_};
    directories_.insert(path);
}

std::set<std::string> StoreContext::take_directories() {
    const std::lock_guard lock{notes_mutex_};
    return std::exchange(directories_, {});
}

void StoreContext::doom(std::span<const std::string> paths) {
    const std::lock_guard lock{notes_mutex_};
    doomed_.insert(doomed_.end(), paths.begin(), paths.end());
    has_doomed_.store(true, std::memory_order_relaxed);
}

void StoreContext::remove_doomed() {
    const std::lock_guard removing{removal_mutex_};
    std::vector<std::string> paths;
    {
        const std::lock_guard lock{notes_mutex_};
        has_doomed_.store(false, std::memory_order_relaxed);
        paths.swap(doomed_);
    }
    for (const auto& path : paths) (void)files.remove(path);
}

void StoreContext::spare(std::span<const std::string> paths) {
    const std::lock_guard removing{removal_mutex_};
    const std::lock_guard lock{notes_mutex_};
    for (const auto& path : paths) std::erase(doomed_, path);
}

}  // namespace weir::log
