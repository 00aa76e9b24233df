// The note in the lock file of how a data directory's last run ended, and of this run.
#pragma once

#include <memory>
#include <string>

#include "runtime/file.hpp"

namespace weir::log {

// A process that dies leaves its page cache to the system; only a system that dies takes it away. So a run is
// noted with the boot of the system. docs/formats/checkpoint.md has the layout.
class RunMark {
  public:
    // Takes the locked file over, and notes that a run has begun. `boot`: see StoreOptions. Errors: the
    // file's.
    static Result<RunMark> begin(std::unique_ptr<runtime::File> lock, std::string boot);

    // The last run stopped in order.
    bool was_stopped() const { return was_stopped_; }
    // All that it wrote is there: it did, or the system has not been down since.
    bool kept_all() const { return kept_all_; }
    // What was lost is known where it matters; until then, further starts find that it was.
    Result<void> acknowledge();
    // This run stops in order: all that it wrote is on the disk.
    Result<void> end();
    runtime::File& file() { return *lock_; }

  private:
    RunMark(std::unique_ptr<runtime::File> lock, std::string boot)
        : lock_(std::move(lock)), boot_(std::move(boot)) {}
    Result<void> write(std::uint64_t position, std::string_view text);
    Result<void> write_boot();

    std::unique_ptr<runtime::File> lock_;
    std::string boot_;
    bool was_stopped_ = false;
    bool kept_all_ = false;
};

}  // namespace weir::log
