// All partitions' logs below one data directory, and the journal that makes their appends durable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "log/partition_log.hpp"
#include "runtime/file.hpp"

namespace weir::log {

struct FailedAppend {
    std::shared_ptr<PartitionLog> log;
    Offset base_offset;
    Error error;
};

// What one group commit brought. The spans are valid only during the call.
struct Commit {
    Ticket ticket = 0;                                        // everything up to this ticket is decided
    std::span<const std::shared_ptr<PartitionLog>> advanced;  // their durable_end (or log start) has moved
    std::span<const FailedAppend> failed;                     // appends that were rolled back
};

// Told after each group commit, in ticket order, on the committing thread: it must only hand on.
class CommitListener {
  public:
    virtual ~CommitListener() = default;
    virtual void on_commit(const Commit& commit) = 0;
};

// A log that is damaged, and which of its damages it is (Damage::number).
struct DamagedLog {
    LogKey key;
    std::uint64_t number = 0;
    auto operator<=>(const DamagedLog&) const = default;
};

struct StoreOptions {
    std::string directory;
    std::uint64_t journal_file_bytes = std::uint64_t{64} << 20;
    std::uint64_t checkpoint_bytes = std::uint64_t{256} << 20;  // of journal between two checkpoints
    std::uint64_t reserve_bytes = std::uint64_t{16} << 20;  // kept free so that weir can finish its own work
    std::int64_t commit_spacing_us = 1000;                  // between syncs, once they come fast
    std::int64_t producer_expiration_ms = std::int64_t{24} * 3600 * 1000;
    std::size_t max_open_files = 4096;
    // How much is read to look for damage, and how long after its begin a pass over all logs is followed by
    // the next. 0 bytes: nothing is looked for.
    std::uint64_t scrub_bytes_per_second = std::uint64_t{16} << 20;
    std::int64_t scrub_interval_ms = std::int64_t{3600} * 1000;
    // Other nodes have what the store holds: a damaged journal or checkpoint sets it aside, and makes all its
    // logs damaged ones, which can't lead (Damage::is_end_lost).
    bool is_refilled = false;
    // Names this boot of the system; "": not known, so that no other run counts as one of the same boot.
    std::string boot{};
    bool own_threads =
        true;  // false: the owner calls commit_once(), checkpoint_once() and scrub_once() itself (simulation)
};

// Safe from any thread unless said otherwise.
class LogStore {
  public:
    virtual ~LogStore() = default;  // as stop()

    // Recovers what the directory holds: checkpoint, segments, the journal's tail. A log whose segments are
    // not what they were is a damaged one. Errors: corrupt (checkpoint or journal are damaged, and nobody
    // refills the store; the message says which file and where), already_exists (another process has the
    // directory), no_space, io_error. The listener must outlive the store.
    static Result<std::unique_ptr<LogStore>> open(StoreOptions options, runtime::FileSystem& files,
                                                  Clock& clock, CommitListener& listener);

    // The partition's log, made if it does not exist. An empty log has no file. `label` (the topic's name)
    // only makes the directory's name readable.
    virtual Result<std::shared_ptr<PartitionLog>> open_log(LogKey key, const std::string& label,
                                                           const LogConfig& config) = 0;
    virtual std::shared_ptr<PartitionLog> find(LogKey key) const = 0;
    virtual std::vector<LogKey> keys() const = 0;
    // Removes the log and its files; later calls on it fail with not_found.
    virtual Result<void> remove(LogKey key) = 0;

    // Names this data directory: another one has another id.
    virtual Uuid id() const = 0;
    // Whether all is there that the last run wrote, page cache included: it stopped in order, or the system
    // has not been down since. Else logs whose durability is page_cache may lack what they acknowledged.
    virtual bool kept_all() const = 0;
    // Whom it concerns has been told of that; until then further starts find the same. Once, by one thread.
    virtual Result<void> acknowledge_loss() = 0;
    // All logs that the last run may have had are open, or never will be: those opened from now on are new.
    // Until then those that a store that was set aside may have held are damaged ones. Errors: no_space,
    // io_error; the next start finds the same.
    virtual Result<void> note_all_open() = 0;
    virtual Ticket committed() const = 0;
    // In the order of their keys. Cheap while there never were any.
    virtual std::vector<DamagedLog> damaged() const = 0;
    // Applies retention, rolls segments by age, expires producers. Call now and then (every few minutes).
    virtual void maintain() = 0;

    // One group commit of all that was appended since the last; false if there was nothing to do.
    virtual bool commit_once() = 0;
    // Syncs the segments, writes the checkpoint and frees the journal before it.
    virtual Result<void> checkpoint_once() = 0;
    // Looks for damage in the next stretch of the logs; how long to wait before the next call, in
    // microseconds.
    virtual std::int64_t scrub_once() = 0;
    // Commits what is pending, checkpoints, and ends the threads. A start after it has nothing to replay.
    virtual Result<void> stop() = 0;
};

}  // namespace weir::log
