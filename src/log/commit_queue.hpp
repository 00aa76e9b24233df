// What has been appended and waits for the next group commit.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "log/batch_walker.hpp"
#include "log/partition_log.hpp"

namespace weir::log {

class Partition;

enum class PendingKind : std::uint8_t { batch, start, removal, cut, reset };

struct PendingEntry {
    std::shared_ptr<Partition> log;
    SharedSpan batch;
    Offset offset;                 // a batch's base offset, or the new log start, or where to cut
    std::uint32_t generation = 0;  // of the log; an older one than the log's now: taken back meanwhile
    PendingKind kind = PendingKind::batch;

    // The committing thread's notes.
    static constexpr std::uint32_t none = UINT32_MAX;
    std::uint32_t next_of_log = none;  // the same log's next entry in this round
    bool failed = false;
    bool new_segment = false;
    BatchPlace place{};

    bool cuts() const { return kind == PendingKind::cut || kind == PendingKind::reset; }
};

// Safe from any thread; one thread takes.
class CommitQueue {
  public:
    // Appends entries to the pending round, whose number is returned: all to the same one. Entries of one log
    // come in order: the caller holds the log's lock.
    Ticket push(PendingEntry&& entry) { return push(std::span{&entry, 1}); }
    Ticket push(std::span<PendingEntry> entries);
    // The round that decides all that was pushed until now.
    Ticket latest() const;
    // Moves the pending round to `entries` (which must be empty, and lends its memory), and returns its
    // number.
    Ticket take(std::vector<PendingEntry>& entries);
    // The last round taken.
    Ticket taken() const;

    // Waits until there is a round to commit. A round starts at once after a pause. When they come fast, it
    // starts when as much has been pushed as for the last one (then waiting on would gain nothing: all
    // clients that wait for their answer before they go on are in it) or `spacing_us` after the last one
    // started. False when the queue has been closed and is empty.
    bool wait(std::int64_t spacing_us);
    void close();

  private:
    static constexpr std::size_t enough_bytes = std::size_t{4} << 20;  // a round this large need not wait

    template <class Block>
    void wait_for(std::size_t pushes, Block&& block);

    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::vector<PendingEntry> entries_;
    std::size_t bytes_ = 0;
    std::size_t pushes_ = 0;   // of the pending round
    std::size_t wake_at_ = 0;  // the waiting thread's threshold, 0 if it does not wait
    std::size_t last_pushes_ = 0;
    bool is_crowded_ = false;  // the last round had something in it before its time
    std::int64_t last_start_us_ = INT64_MIN / 2;
    Ticket round_ = 1;
    bool closed_ = false;
};

}  // namespace weir::log
