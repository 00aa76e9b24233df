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

    // Writes what was added as one or more rounds. After an error nothing of it counts, nor will a later
    // start find it: dies if that can't be had. Errors: no_space, io_error.
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
    void sync_file();
    void take_back();
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
    JournalPosition saved_end_;                  // as it was when the commit began
    std::shared_ptr<runtime::File> first_file_;  // of the commit's first round
    std::uint64_t first_position_ = 0;
    std::atomic<std::uint64_t> written_bytes_{0};
};

}  // namespace weir::log
