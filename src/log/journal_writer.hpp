// Appends rounds to the journal: one write each, one fdatasync for all of a group commit.
#pragma once

#include "log/journal_reader.hpp"
#include "log/journal_space.hpp"

namespace weir::log {

// Used by one thread, the committing one; only written_bytes() may be asked for by others.
class JournalWriter {
  public:
    // Goes on at `from`, behind the last round that recovery has found.
    JournalWriter(JournalSpace& space, const Uuid& store, JournalPosition from,
                  std::unique_ptr<runtime::File> file, bool prepared);

    // Builds a round: entries in order, then commit().
    void begin(std::int64_t now_ms);
    void add(const JournalEntry& entry);
    bool empty() const { return entries_ == 0 && rounds_ == 0; }

    // Writes what was added as one or more rounds. After an error nothing of it counts; while a later start
    // might find it nothing more is written. Errors: no_space, io_error. Dies if the disk can't sync.
    Result<void> write();
    // Makes it durable. Dies if the disk can't.
    void sync();

    // Behind the last round written.
    const JournalPosition& end() const { return end_; }
    // The sequence of the last round written.
    std::uint64_t last_sequence() const { return end_.sequence - 1; }
    std::uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }

  private:
    struct Part {
        ByteView outside;  // a batch where it lies; else a stretch of scratch_
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    Result<void> write_round();
    Result<void> switch_file();
    void sync_file(runtime::File& file) const;
    void leave_behind();
    Result<void> take_back();
    void close_scratch_part();

    JournalSpace& space_;
    const Uuid store_;
    std::int64_t now_ms_ = 0;
    Bytes scratch_;
    std::size_t scratch_from_ = 0;
    std::vector<Part> parts_;
    std::vector<ByteView> views_;
    std::uint32_t entries_ = 0;
    std::uint64_t payload_bytes_ = 0;
    std::size_t rounds_ = 0;  // of this commit, written by now
    std::optional<Error> failure_;

    std::shared_ptr<runtime::File> file_;
    bool prepared_;
    JournalPosition end_;
    std::uint64_t durable_sequence_;
    JournalPosition saved_end_;  // as it was when the commit began
    struct Place {
        std::shared_ptr<runtime::File> file;
        std::uint64_t position = 0;
        std::uint64_t sequence = 0;
    };
    std::optional<Place> first_;  // of the commit's rounds, which may be on disk
    std::optional<Place> left_;   // of a commit that failed: to be taken back before anything else
    std::atomic<std::uint64_t> written_bytes_{0};
};

}  // namespace weir::log
