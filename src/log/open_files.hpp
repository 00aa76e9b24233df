// The segment files that are open now: at most so many descriptors, the least used ones closed first.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/file.hpp"

namespace weir::log {

// Safe from any thread. A file that is in use somewhere stays open until it is let go, whatever the limit
// says.
class OpenFiles {
  public:
    struct Entry {
        std::shared_ptr<runtime::File> file;
        std::shared_ptr<const void> attachment;  // lives as long as the file is open: its index
        std::atomic<bool> used{true};
        std::list<std::shared_ptr<Entry>>::iterator place;
    };
    // A segment's place in the table; its owner guards it against use from two threads at once.
    using Handle = std::weak_ptr<Entry>;

    OpenFiles(runtime::FileSystem& files, std::size_t limit) : files_(files), limit_(limit) {}

    // The file behind `handle`, opened if it is not open. When the process has no descriptor left, some
    // others are closed and the open is tried once more. Errors: those of FileSystem::open.
    Result<std::shared_ptr<runtime::File>> get(Handle& handle, const std::string& path,
                                               runtime::OpenMode mode);
    // Closes the file once nobody uses it.
    void forget(Handle& handle);
    std::size_t size() const;

  private:
    void evict_one();

    runtime::FileSystem& files_;
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::list<std::shared_ptr<Entry>> entries_;  // oldest at the front; used ones get a second chance
};

}  // namespace weir::log
