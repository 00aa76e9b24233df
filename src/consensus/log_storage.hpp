// What a node of the metadata log's group keeps on disk: entries, term and vote, snapshots. It knows nothing
// of how the group agrees.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/durable_mark.hpp"
#include "consensus/identity.hpp"
#include "consensus/members_file.hpp"
#include "consensus/record_format.hpp"
#include "consensus/snapshot_file.hpp"
#include "consensus/vote_file.hpp"

namespace weir::consensus {

struct LogEntry {
    LogTerm term = 0;
    RecordKind kind = RecordKind::command;
    Bytes data{};
};

struct StorageOptions {
    std::string directory;  // made if it does not exist
    // What an empty directory is formatted as. One that has been formatted keeps its own.
    Identity identity;
    // The first members of a new group, the same on each of them; none: this node waits to be added to one.
    std::vector<Member> first_members;
    // There is a way to the other members: where these can do without it, a damaged log is set aside.
    bool may_start_over = false;
};

// The entries are in memory as well, and a while longer than on disk: those before a snapshot are kept for
// nodes that lag. One thread; calls block on the disk. What can't be lived with (a failed fdatasync) ends the
// process.
class LogStorage {
  public:
    // Formats an empty directory, else reads what is there: a torn tail is cut off, damage refused, or set
    // aside. Errors: corrupt, unsupported (a newer weir's), already_exists (another process has the
    // directory), no_space, io_error.
    static Result<std::unique_ptr<LogStorage>> open(StorageOptions options, runtime::FileSystem& files);

    const Identity& identity() const { return options_.identity; }
    // The snapshot that the log goes on from, as it was found; gone once it is taken.
    std::optional<Snapshot> take_snapshot_found() { return std::exchange(found_, std::nullopt); }

    // The log was damaged and began anew, and may still lack what this node has acknowledged: it must not
    // vote, and is nobody that others could elect. Ends within sync() and install_snapshot().
    bool is_recovering() const { return recovering_.has_value(); }
    // Remembers who the members are, if they are others than before. No urgency, and no harm if it fails.
    void note_members(const std::vector<Member>& members);

    const Vote& vote() const { return votes_->vote(); }
    void save_vote(const Vote& vote);  // durable on return

    LogIndex first() const { return kept_from_; }  // of the entries in memory
    LogIndex last() const { return kept_from_ + entries_.size() - 1; }
    const LogEntry* entry(LogIndex index) const;  // nullptr if it is not in memory
    LogPosition snapshot() const { return snapshot_; }
    std::uint64_t file_bytes() const { return end_.end; }
    std::uint64_t snapshot_bytes() const { return snapshot_bytes_; }  // of the newest one

    // After the last entry, in memory only.
    void append(LogEntry entry);
    // Drops the entries from `index` on, which lies behind the snapshot.
    void truncate(LogIndex index);
    // Writes what is in memory only. Errors: no_space and the like, after which nothing of it is in the file;
    // outcome_unknown: the next start may find some of it there.
    Result<void> write();
    bool is_written() const { return end_.last == last(); }
    // Makes durable what is written; on return synced() is that.
    void sync();
    LogIndex synced() const { return synced_; }
    // Tells the mark of it, if all is written and synced: cheap, and durable some time.
    void advance_mark();
    // The same, durable on return: when nothing more is about to come.
    void sync_mark();

    // Keeps a snapshot of what was applied up to an entry that is there, and a log without what it covers.
    Result<void> save_snapshot(const Snapshot& snapshot);
    // The same with another node's snapshot, in the place of all that is here.
    Result<void> install_snapshot(const Snapshot& snapshot);
    // Forgets the entries before `index`, which must be in a snapshot.
    void forget_before(LogIndex index);
    Result<Snapshot> load_snapshot() const;  // the newest one

  private:
    // An entry and where its record ends, if it is in the file.
    struct Kept {
        LogEntry entry;
        std::uint64_t end = 0;
        std::uint32_t chain = 0;
    };

    LogStorage(StorageOptions options, runtime::FileSystem& files)
        : options_(std::move(options)), files_(files) {}

    std::string path(const std::string& name) const { return options_.directory + "/" + name; }
    std::string log_path(LogIndex first) const;
    std::string snapshot_path(LogIndex last) const;

    Result<void> recover();
    Result<void> read_files();
    Result<void> make_log(const std::vector<Member>& members);
    Result<void> lock();
    Result<void> identify();
    Result<void> check_unused() const;
    Result<void> format();
    Result<void> sync_directories();
    Result<void> find_snapshot();
    Result<void> read_log();
    Result<void> read_records(ByteView content, const std::string& name);
    Result<void> check_start(const std::string& name, const LogHeader& header) const;
    Result<void> open_log(const std::string& name, std::uint64_t size);
    void remove_leftovers() const;

    // Starting over (log_start_over.cpp).
    Result<void> read_or_start_over();
    Result<void> start_over(const Error& damage);
    Result<void> set_aside(std::uint32_t number);
    std::uint32_t set_aside_number() const;
    void remove_set_aside() const;
    LogTerm synced_term() const;
    void end_recovery_if_filled();

    DurablePoint point_before(LogIndex index) const;
    Result<void> cut_leftover();
    void move_mark(const DurablePoint& point);
    Result<void> start_log(const Snapshot& snapshot);

    StorageOptions options_;
    runtime::FileSystem& files_;
    std::unique_ptr<runtime::File> lock_;
    std::unique_ptr<DurableMark> mark_;
    std::unique_ptr<VoteFile> votes_;
    std::unique_ptr<runtime::File> log_;
    DurablePoint start_;  // the log file in use, before its first record
    DurablePoint end_;    // of what has been written
    LogIndex synced_ = 0;
    bool is_mark_synced_ = true;
    bool has_leftover_ = false;  // something may lie after end_ in the file
    LogIndex kept_from_ = 1;
    std::deque<Kept> entries_;
    LogPosition snapshot_;
    std::uint64_t snapshot_bytes_ = 0;
    std::optional<Snapshot> found_;
    std::optional<LogTerm> recovering_;  // until an entry of this term or a later one is durable here
    std::optional<std::vector<Member>> noted_members_;
};

}  // namespace weir::consensus
