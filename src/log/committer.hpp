// The group commit: what was appended since the last one goes to segments and journal, is synced, and
// published.
#pragma once

#include "log/journal_writer.hpp"
#include "log/log_store.hpp"
#include "log/partition.hpp"

namespace weir::log {

// Told about removed logs, on the committing thread.
class RemovalListener {
  public:
    virtual ~RemovalListener() = default;
    virtual void on_removed(const std::shared_ptr<Partition>& log, std::uint64_t journal_sequence) = 0;
    virtual void on_removal_failed(const std::shared_ptr<Partition>& log) = 0;
};

// Used by one thread at a time.
class Committer {
  public:
    Committer(StoreContext& context, JournalWriter& journal, CommitListener& listener,
              RemovalListener& removals)
        : context_(context),
          journal_(journal),
          listener_(listener),
          removals_(removals),
          done_(journal.end()) {}

    // One group commit; false if nothing was pending.
    bool commit_once();
    Ticket committed() const { return committed_.load(std::memory_order_acquire); }
    // Behind the last journal round whose effects are all visible and reported. Safe from any thread.
    JournalPosition done() const;

  private:
    struct Share {
        std::shared_ptr<Partition> log;
        std::uint32_t first = 0;
        bool logged = false;
        bool failed = false;
    };

    void share_out(Ticket ticket);
    void write_segments(std::int64_t now_ms);
    void write_journal(std::int64_t now_ms);
    void fail(Share& share, const Error& error);
    void publish();
    void report(Ticket ticket);

    StoreContext& context_;
    JournalWriter& journal_;
    CommitListener& listener_;
    RemovalListener& removals_;
    std::vector<PendingEntry> entries_;
    std::vector<Share> shares_;
    std::vector<std::shared_ptr<PartitionLog>> advanced_;
    std::vector<FailedAppend> failed_;
    std::atomic<Ticket> committed_{0};
    mutable std::mutex mutex_;
    JournalPosition done_;
};

}  // namespace weir::log
