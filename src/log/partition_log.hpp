// One partition's log on one disk: appended under its own lock, read by offset, durable through the journal.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "runtime/file.hpp"

namespace weir::log {

struct LogKey {
    Uuid topic_id;
    PartitionId partition;
    auto operator<=>(const LogKey&) const = default;
};

enum class Durability {
    journal,     // acknowledged once the journal has been synced
    page_cache,  // acknowledged once written to the segment; a power cut may lose the tail
};

// What a topic's settings mean to its partitions' logs. -1: no limit, where that makes sense.
struct LogConfig {
    std::int64_t segment_bytes = std::int64_t{1} << 30;
    std::int64_t segment_ms = std::int64_t{7} * 24 * 3600 * 1000;
    std::int64_t retention_ms = std::int64_t{7} * 24 * 3600 * 1000;
    std::int64_t retention_bytes = -1;
    Durability durability = Durability::journal;
};

// Bytes that something else keeps alive: a batch within the frame it came in.
struct SharedSpan {
    std::shared_ptr<const void> owner;
    ByteSpan bytes;
};

// Names a group commit; later commits have greater numbers. An append is durable (or has failed, which the
// CommitListener is told) once the store's committed ticket has reached the append's.
using Ticket = std::uint64_t;

struct Appended {
    Offset base_offset;
    Offset log_start;
    Ticket ticket = 0;
    bool duplicate = false;     // the producer sent this batch before: base_offset is where it lies
    std::int64_t time_ms = -1;  // of a duplicate: when the batch was appended
};

// A run of whole batches in one segment file.
struct FileRange : runtime::FileRange {
    Offset next{};  // behind its last batch
};

struct TimestampedOffset {
    Offset offset;
    std::int64_t timestamp_ms = -1;
    LeaderEpoch epoch;
};

struct EpochEnd {
    LeaderEpoch epoch;  // the largest epoch <= the one asked for
    Offset end;         // the first offset after it
};

// The state of one idempotent producer in a partition, for tools.
struct ProducerSummary {
    ProducerId id;
    ProducerEpoch epoch;
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp_ms = -1;
};

// Synced bytes that are not what they were: a bit, a cut file, a missing one.
struct Damage {
    Offset first;              // where the first segment that is damaged begins
    Offset until;              // behind the last one; INT64_MAX: the log's end is lost, too
    std::string what;          // for a log line
    std::uint64_t number = 0;  // tells the damages that this process has found apart

    // Nobody knows what more it had: as a leader it would give its offsets again.
    bool is_end_lost() const { return until == Offset{INT64_MAX}; }
    bool operator==(const Damage&) const = default;
};

struct Verified {
    Offset next;              // all before it holds; the next call goes on from here
    std::uint64_t bytes = 0;  // read; 0: there is nothing more
};

// All methods are safe from any thread; none but append, append_as_follower, delete_before and find_timestamp
// takes longer than a few reads. Offsets between durable_end and end are assigned but not yet durable:
// readers stop at durable_end.
class PartitionLog {
  public:
    virtual ~PartitionLog() = default;

    // Assigns offsets to one batch whose structure and checksum the caller has verified, patches base offset
    // and `epoch` into it, and hands it to the next group commit. The bytes are read until that commit is
    // done. `now_ms` dates the producer's state. Errors: out_of_order_sequence, stale_producer_epoch,
    // unknown_producer; not_leader (an epoch before one in the log, or fenced); no_space,
    // too_many_open_files, io_error when the log is refusing writes; batch_too_large (larger than a segment
    // of its own may be); not_found once the log is removed.
    virtual Result<Appended> append(SharedSpan batch, LeaderEpoch epoch, std::int64_t now_ms) = 0;
    // From now on append takes no epoch before this one (not_leader). Whoever looked the leader up earlier
    // may come late: after a cut, the same epoch would hold two batches at one offset, which nobody would
    // notice.
    virtual void fence(LeaderEpoch epoch) = 0;

    // As a follower takes batches over from its leader: `batches` are one or more whole ones, offsets and
    // leader epochs are kept, and the next of them must begin where the log ends. Checks structure and
    // checksum of each; producers' sequences were the leader's to check. The offset is the first batch's, the
    // ticket decides all. Errors: corrupt, invalid_record (nothing is appended), offset_out_of_range (they do
    // not begin at end()), fenced_leader_epoch (an epoch before one in the log), busy (a cut is under way),
    // and those of refusing writes as in append.
    virtual Result<Appended> append_as_follower(SharedSpan batches, std::int64_t now_ms) = 0;
    // Cuts off what lies at `offset` and behind it, down to a batch's start; producers and epochs are what
    // they were there. At or below the log start nothing is left and the log goes on at `offset`. Nothing may
    // be on its way (end() == durable_end()); appends fail with busy until the ticket is decided, which also
    // is when end() and durable_end() go back, all at once and safe against a crash. Whoever reads beyond
    // what is kept at that moment may be told corrupt. A cut that has failed may be found done after a crash.
    // Errors: offset_out_of_range (beyond the end), busy,
    // and those of refusing writes.
    virtual Result<Ticket> truncate_to(Offset offset) = 0;
    // Empties the log, which goes on at `offset`: the leader's log begins beyond its end. As truncate_to.
    virtual Result<Ticket> reset_to(Offset offset) = 0;

    // Whole batches from the one that holds `from` on, not beyond `limit` (exclusive, at most durable_end),
    // at most `max_bytes` of them, but the first batch is given however large. Empty when from == limit.
    // What this process has not written itself is checked before it is given out for the first time, and all
    // of a damaged log each time. Errors: offset_out_of_range, too_many_open_files, io_error (damage, too),
    // corrupt (the log is being cut).
    virtual Result<std::vector<FileRange>> read(Offset from, Offset limit, std::size_t max_bytes) = 0;

    // The first batch whose max timestamp is at or after `timestamp_ms`, below `limit`: the caller looks
    // inside it for the record. Nothing if there is none.
    virtual Result<std::optional<FileRange>> find_timestamp(std::int64_t timestamp_ms, Offset limit) = 0;
    // The batch that holds the greatest timestamp below durable_end (the earliest one of equals).
    virtual Result<std::optional<FileRange>> find_max_timestamp() = 0;

    // Moves the log start to `offset` (at most durable_end) and drops segments that lie wholly before it. The
    // ticket says when the move is durable. Errors: offset_out_of_range, and those of append.
    virtual Result<Ticket> delete_before(Offset offset) = 0;

    // Reads up to `max_bytes` of durable batches from `from` on and checks them: structure, checksum,
    // offsets, leader epochs. Errors: as read(); what does not hold, or can't be read, makes the log a
    // damaged one.
    virtual Result<Verified> verify(Offset from, std::size_t max_bytes) = 0;
    // A damaged log stays one, restarts included, until it is emptied (reset_to), or its start has passed the
    // damage. It gives out what holds, and takes appends.
    virtual std::optional<Damage> damage() const = 0;
    virtual bool is_damaged() const = 0;

    virtual std::optional<EpochEnd> end_of_epoch(LeaderEpoch epoch) const = 0;
    // The epoch of the batch at `offset` (no_epoch if unknown), and where the batches of that epoch end that
    // follow it, at most durable_end.
    virtual EpochEnd epoch_at(Offset offset) const = 0;
    virtual LeaderEpoch last_epoch() const = 0;  // of what lies before durable_end; no_epoch if unknown
    virtual LogKey key() const = 0;
    virtual Offset log_start() const = 0;
    virtual Offset durable_end() const = 0;  // readers' limit; goes back only by truncate_to and reset_to
    virtual Offset end() const = 0;
    virtual std::uint64_t size_bytes() const = 0;
    virtual void set_config(const LogConfig& config) = 0;
    virtual std::vector<ProducerSummary> producers() const = 0;

    // Clients' limit: the high watermark as the log's owner tells it, at most durable_end. A log whose owner
    // tells nothing is not replicated: all that is durable may be read.
    Offset readable_end() const {
        return std::min(durable_end(), Offset{high_watermark_.load(std::memory_order_acquire)});
    }
    bool is_limited() const { return high_watermark_.load(std::memory_order_relaxed) != INT64_MAX; }
    void limit_readers(Offset high_watermark) {
        high_watermark_.store(high_watermark.value, std::memory_order_release);
    }

    // A log that had no limit gets one: what is durable now. Twice, since more may be shown until the first
    // one takes effect.
    void limit_readers_from_now() {
        if (is_limited()) return;
        limit_readers(durable_end());
        limit_readers(durable_end());
    }

    // The leader epoch whose leader, this node, may tell clients where the limited log ends: that is not
    // before what an earlier leader has told them (KIP-207). no_epoch: none.
    LeaderEpoch telling_epoch() const { return LeaderEpoch{telling_epoch_.load(std::memory_order_acquire)}; }
    void set_telling_epoch(LeaderEpoch epoch) {
        telling_epoch_.store(epoch.value, std::memory_order_release);
    }

    // For whoever waits for this log to advance: bits that the log itself never looks at. A waiter sets its
    // bit, then looks at durable_end() once more; the CommitListener reads the bits after durable_end() has
    // moved.
    std::atomic<std::uint64_t> watchers{0};

  private:
    std::atomic<std::int64_t> high_watermark_{INT64_MAX};
    std::atomic<std::int32_t> telling_epoch_{no_epoch.value};
};

}  // namespace weir::log
