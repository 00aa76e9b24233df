// The journal's files: the ones in use, those that are ready ahead, and the way back from the former to the
// latter.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "runtime/file.hpp"

namespace weir::log {

struct JournalSpaceOptions {
    std::string directory;
    std::uint64_t file_bytes = 0;
    std::size_t most_ahead = 1;  // files kept ready, beyond which old ones are removed
    std::uint64_t reserve_bytes = 0;
};

// Files are used in the order of their numbers. One that has been written from end to end once is synced in
// half the time of one that grows; so files are filled with zeros ahead, in steps, and used again after a
// checkpoint. Safe from any thread.
class JournalSpace {
  public:
    struct Opened {
        std::unique_ptr<runtime::File> file;
        std::uint64_t number = 0;
        bool prepared = false;
    };

    // `existing`: all journal files there are; `current`: the one that is written to.
    JournalSpace(JournalSpaceOptions options, runtime::FileSystem& files,
                 const std::set<std::uint64_t>& existing, std::uint64_t current);

    // The file after `number`: one that is ready, or a new one, which will grow. Errors: those of opening.
    Result<Opened> open_after(std::uint64_t number);
    // Whether a prepared file is ahead.
    bool ready() const { return ready_.load(std::memory_order_relaxed); }
    // The writer goes on in `number`.
    void set_current(std::uint64_t number);

    // The journal is in use, and has come to `position` of its file: keep a file ready. To be called by the
    // writer.
    void want_ahead(std::uint64_t position) { position_.store(position, std::memory_order_relaxed); }
    bool wants_step() const;
    // Fills another stretch of the next file. False when that is not wanted. Errors: no_space, io_error.
    Result<bool> prepare_step();

    // The files before `number` are no longer needed: makes them ready once more, or removes them.
    Result<void> recycle(std::uint64_t number);

    std::uint64_t file_bytes() const { return options_.file_bytes; }

  private:
    std::string path(std::uint64_t number) const;
    Result<void> adopt(const std::string& from);

    const JournalSpaceOptions options_;
    runtime::FileSystem& files_;
    std::atomic<bool> ready_{false};
    std::atomic<std::uint64_t> position_{0};

    mutable std::mutex mutex_;
    std::uint64_t current_;
    std::set<std::uint64_t> old_;          // the files up to the current one
    std::map<std::uint64_t, bool> ahead_;  // the files after it, and whether they are prepared
    void update_ready();

    std::mutex preparing_;  // guards what follows; one fills at a time
    std::unique_ptr<runtime::File> next_;
    std::atomic<std::uint64_t> filled_{0};
};

}  // namespace weir::log
