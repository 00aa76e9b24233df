// What all logs of a store share: files, clock, the pending round, and notes for the housekeeping.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "log/commit_queue.hpp"
#include "log/open_files.hpp"

namespace weir::log {

// Whether there is room on the disk: below the reserve, appends are refused before they do harm. Safe from
// any thread.
class SpaceGuard {
  public:
    SpaceGuard(runtime::FileSystem& files, Clock& clock, std::string directory, std::uint64_t reserve_bytes)
        : files_(files), clock_(clock), directory_(std::move(directory)), reserve_bytes_(reserve_bytes) {}

    // Asked before each append: cheap, and looks again now and then while it refuses.
    bool refuses() {
        if (!refusing_.load(std::memory_order_relaxed)) return false;
        look(recheck_ms);
        return refusing_.load(std::memory_order_relaxed);
    }
    // Told by the committing thread how much a commit wrote.
    void wrote(std::uint64_t bytes);
    // Told when a write found no room.
    void ran_out();

  private:
    static constexpr std::int64_t recheck_ms = 100;

    // Whether the last look was at least so long ago, so that it has looked again.
    bool look(std::int64_t at_least_ms);

    runtime::FileSystem& files_;
    Clock& clock_;
    const std::string directory_;
    const std::uint64_t reserve_bytes_;
    std::atomic<bool> refusing_{false};
    std::atomic<std::int64_t> looked_ms_{INT64_MIN / 2};
    std::uint64_t unlooked_bytes_ = 0;  // since the last look; the committing thread's
};

struct StoreContext {
    runtime::FileSystem& files;
    Clock& clock;
    std::string topics_directory;
    OpenFiles open_files;
    CommitQueue queue;
    SpaceGuard space;
    std::atomic<bool> stopped{false};           // appends are refused
    std::atomic<std::uint64_t> checkpoints{0};  // that have been made since the start
    std::atomic<std::uint64_t> damages{0};      // that have been found since the start

    StoreContext(runtime::FileSystem& file_system, Clock& the_clock, const std::string& directory,
                 std::size_t max_open_files, std::uint64_t reserve_bytes);

    // Directories with entries that are not durable yet.
    void note_directory(const std::string& path);
    std::set<std::string> take_directories();
    // Files that no log needs any more.
    void doom(std::span<const std::string> paths);
    void remove_doomed();
    // These are needed again: a log that was cut goes on where it had begun. Waits for remove_doomed().
    void spare(std::span<const std::string> paths);

    bool has_doomed() const { return has_doomed_.load(std::memory_order_relaxed); }

  private:
    std::mutex removal_mutex_;  // held while files are removed; taken before the one below
    std::mutex notes_mutex_;
    std::atomic<bool> has_doomed_{false};
    std::set<std::string> directories_;
    std::vector<std::string> doomed_;
};

}  // namespace weir::log
