// The metadata log of a single node: a quorum of one over local files, through the interface that a cluster's
// has.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "consensus/durable_mark.hpp"
#include "consensus/identity.hpp"
#include "consensus/metadata_log.hpp"
#include "consensus/record_format.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

struct LocalLogOptions {
    std::string directory;  // <data>/metadata; made if it does not exist
    // What an empty directory is formatted as. One that has been formatted keeps its own.
    Identity identity;
    std::size_t max_pending = 256;                    // proposals; more are refused (busy)
    std::uint64_t snapshot_every_bytes = 4ull << 20;  // of log
};

// Proposals that wait together share one write and one fdatasync, done on the executor: give it a thread that
// may block, not one with connections. A failed fdatasync ends the process.
class LocalMetadataLog : public MetadataLog {
  public:
    // Formats an empty directory, else replays what is there into `machine`. Errors: corrupt, unsupported (a
    // newer weir's), already_exists (another process has the directory), no_space, io_error. May be called
    // from any thread; all that is given must outlive the log.
    static Result<std::unique_ptr<LocalMetadataLog>> open(LocalLogOptions options, StateMachine& machine,
                                                          runtime::FileSystem& files, Executor& executor);

    const Identity& identity() const { return options_.identity; }

    void propose(Bytes command, Proposed done) override;
    Role role() const override { return is_stopping_ ? Role::stopped : Role::leader; }
    std::optional<NodeId> leader() const override { return options_.identity.node; }
    LogPosition applied() const override { return applied_; }
    void stop(std::function<void()> done) override;

  private:
    struct Proposal {
        Bytes command;
        Proposed done;
    };

    LocalMetadataLog(LocalLogOptions options, StateMachine& machine, runtime::FileSystem& files,
                     Executor& executor);

    std::string path(const std::string& name) const { return options_.directory + "/" + name; }
    std::string log_path(LogIndex first) const;
    std::string snapshot_path(LogIndex last) const;

    Result<void> recover();
    Result<void> identify();
    Result<void> check_unused() const;
    Result<void> format();
    Result<void> restore_snapshot();
    Result<void> replay();
    Result<void> replay_records(ByteView content, const std::string& name);
    void remove_leftovers() const;

    void run(std::function<void()> task);  // on the executor, unless the log is gone by then
    void flush();
    Result<void> append(const std::vector<Proposal>& batch);
    void apply(const std::vector<Proposal>& batch);
    Result<void> cut_failed_write();
    void advance_mark();
    void snapshot_if_due();
    Result<void> snapshot();

    LocalLogOptions options_;
    StateMachine& machine_;
    runtime::FileSystem& files_;
    Executor& executor_;
    std::unique_ptr<runtime::File> lock_;
    std::unique_ptr<DurableMark> mark_;
    std::unique_ptr<runtime::File> log_;
    DurablePoint end_;               // of what has been written and synced
    bool has_failed_write_ = false;  // something may lie after end_
    LogPosition applied_;
    LogIndex snapshot_index_ = 0;
    std::uint64_t snapshot_at_bytes_ = 0;  // the log's size that makes the next one due
    std::deque<Proposal> pending_;
    bool is_flush_posted_ = false;
    bool is_stopping_ = false;
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace weir::consensus
