// Preparing, handing out and recycling journal files.
#include "log/journal_space.hpp"

#include "base/assert.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::uint64_t step_bytes = std::uint64_t{1} << 20;
// So many times as fast as the journal grows the next file is filled: in time, and no faster, since commits
// wait behind all that the disk has to write.
constexpr std::uint64_t filling_pace = 4;
constexpr std::string_view unfinished_name = "next-journal";

}  // namespace

JournalSpace::JournalSpace(JournalSpaceOptions options, runtime::FileSystem& files,
                           const std::set<std::uint64_t>& existing, std::uint64_t current)
    : options_(std::move(options)), files_(files), current_(current) {
    for (const auto number : existing) {
        if (number <= current) {
            old_.insert(number);
        } else {
            const auto size = files_.file_size(path(number));
            ahead_[number] = size && *size >= options_.file_bytes;
        }
    }
    update_ready();
}

std::string JournalSpace::path(std::uint64_t number) const {
    return options_.directory + "/" + journal_name(number);
}

void JournalSpace::update_ready() {
    const auto next = ahead_.find(current_ + 1);
    ready_.store(next != ahead_.end() && next->second, std::memory_order_relaxed);
}

Result<JournalSpace::Opened> JournalSpace::open_after(std::uint64_t number) {
    const std::lock_guard lock{mutex_};
    ++number;
    const auto found = ahead_.find(number);
    Opened opened{.file = nullptr, .number = number, .prepared = found != ahead_.end() && found->second};
    auto file = files_.open(path(number), runtime::OpenMode::create);
    if (!file) return file.error();
    opened.file = std::move(*file);
    if (found == ahead_.end()) {
        if (auto done = files_.sync_directory(options_.directory); !done) return done.error();
        ahead_[number] = false;
    }
    return opened;
}

void JournalSpace::set_current(std::uint64_t number) {
    const std::lock_guard lock{mutex_};
    for (; current_ < number; ++current_) {
        ahead_.erase(current_ + 1);
        old_.insert(current_ + 1);
    }
    update_ready();
}

bool JournalSpace::wants_step() const {
    const auto position = position_.load(std::memory_order_relaxed);
    return position > 0 && filled_.load(std::memory_order_relaxed) < filling_pace * position && !ready();
}

Result<bool> JournalSpace::prepare_step() {
    const std::lock_guard preparing{preparing_};
    if (!wants_step()) return false;
    const auto unfinished = options_.directory + "/" + std::string{unfinished_name};
    if (!next_) {
        const auto free = files_.free_bytes(options_.directory);
        if (!free) return free.error();
        if (*free < options_.file_bytes + 2 * options_.reserve_bytes) return Error{Errc::no_space};
        auto file = files_.open(unfinished, runtime::OpenMode::create);
        if (!file) return file.error();
        if (auto done = (*file)->truncate(0); !done) return done.error();
        next_ = std::move(*file);
        filled_ = 0;
    }
    const auto count = std::min(step_bytes, options_.file_bytes - filled_);
    auto done = next_->write_zeros(filled_, count);
    filled_ += count;
    if (done && filled_ == options_.file_bytes) {
        done = next_->sync_data();
        if (done) next_->drop_cache(0, filled_);
        next_.reset();
        filled_ = 0;
        if (done) done = adopt(unfinished);
    }
    if (done) return true;
    next_.reset();
    filled_ = 0;
    (void)files_.remove(unfinished);
    return done.error();
}

// Gives a prepared file the number after the last one.
Result<void> JournalSpace::adopt(const std::string& from) {
    const std::lock_guard lock{mutex_};
    const auto number = (ahead_.empty() ? current_ : ahead_.rbegin()->first) + 1;
    if (auto done = files_.rename(from, path(number)); !done) return done;
    if (auto done = files_.sync_directory(options_.directory); !done) return done;
    ahead_[number] = true;
    update_ready();
    return {};
}

Result<void> JournalSpace::recycle(std::uint64_t number) {
    for (;;) {
        std::uint64_t oldest = 0;
        bool enough = false;
        {
            const std::lock_guard lock{mutex_};
            if (old_.empty() || *old_.begin() >= std::min(number, current_)) return {};
            oldest = *old_.begin();
            old_.erase(old_.begin());
            enough = ahead_.size() >= options_.most_ahead;
        }
        const auto size = files_.file_size(path(oldest));
        const bool fits = size && *size == options_.file_bytes;
        if (auto done = enough || !fits ? files_.remove(path(oldest)) : adopt(path(oldest)); !done)
            return done;
    }
}

}  // namespace weir::log
