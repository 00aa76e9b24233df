// The table of open segment files.
#include "log/open_files.hpp"

namespace weir::log {

namespace {

constexpr std::size_t freed_at_once = 16;  // when the process has run out of descriptors

}  // namespace

Result<std::shared_ptr<runtime::File>> OpenFiles::get(Handle& handle, const std::string& path,
                                                      runtime::OpenMode mode) {
    if (const auto entry = handle.lock()) {
        entry->used.store(true, std::memory_order_relaxed);
        return entry->file;
    }
    auto opened = files_.open(path, mode);
    if (!opened && opened.error().code == Errc::too_many_open_files) {
        {
            const std::lock_guard lock{mutex_};
            for (std::size_t i = 0; i < freed_at_once; ++i) evict_one();
        }
        opened = files_.open(path, mode);
    }
    if (!opened) return opened.error();
    auto entry = std::make_shared<Entry>();
    entry->file = std::move(*opened);
    handle = entry;
    const std::lock_guard lock{mutex_};
    while (entries_.size() >= limit_) evict_one();
    entry->place = entries_.insert(entries_.end(), entry);
    return entry->file;
}

void OpenFiles::forget(Handle& handle) {
    const std::lock_guard lock{mutex_};
    if (const auto entry = handle.lock()) entries_.erase(entry->place);
    handle.reset();
}

std::size_t OpenFiles::size() const {
    const std::lock_guard lock{mutex_};
    return entries_.size();
}

// Closes the oldest file that was not used since it was last looked at.
void OpenFiles::evict_one() {
    for (auto tries = 2 * entries_.size(); tries > 0; --tries) {
        if (!entries_.front()->used.exchange(false, std::memory_order_relaxed) || tries == 1) {
            entries_.pop_front();
            return;
        }
        entries_.splice(entries_.end(), entries_, entries_.begin());
    }
}

}  // namespace weir::log
