// Carries the news of group commits from the committing thread to the reactors, in one post per reactor and
// commit.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "log/log_store.hpp"
#include "runtime/reactor.hpp"

namespace weir::broker {

// The commits that may decide something: first to last, both included.
struct TicketRange {
    log::Ticket first = 0;
    log::Ticket last = 0;

    // A repeated batch waits for the first one's commit, which is the pending one or the one before.
    static TicketRange of(const log::Appended& appended) {
        const bool earlier = appended.duplicate && appended.ticket > 0;
        return {earlier ? appended.ticket - 1 : appended.ticket, appended.ticket};
    }
    void include(const TicketRange& other) {
        first = std::min(first, other.first);
        last = std::max(last, other.last);
    }
};

// Which appends of some commits were rolled back, most often none.
class Failures {
  public:
    // The failure of the append that `log` had given `base_offset`, and that one of `commits` decided; null
    // if it is durable. The offset alone does not tell: after a rollback it is given again.
    const Error* find(const log::PartitionLog& log, Offset base_offset, TicketRange commits) const;
    bool empty() const { return failed_.empty(); }
    void add(log::Ticket ticket, log::FailedAppend failed) {
        failed_.emplace_back(ticket, std::move(failed));
    }
    void add(const Failures& others) {
        failed_.insert(failed_.end(), others.failed_.begin(), others.failed_.end());
    }

  private:
    std::vector<std::pair<log::Ticket, log::FailedAppend>> failed_;
};

// Something that waits for logs to advance, on one reactor.
class Watch {
  public:
    virtual ~Watch() = default;
    // One of the watched logs may be read further, has failed an append, has another leader or is gone. May
    // unwatch the watch.
    virtual void on_advance() = 0;
};

class CommitHub final : public log::CommitListener {
  public:
    explicit CommitHub(runtime::ReactorPool& pool);
    ~CommitHub() override;

    void on_commit(const log::Commit& commit) override;
    // Wakes the watches of logs that no topic has any more. To be called once nobody finds them.
    void on_removed(const std::vector<std::shared_ptr<log::PartitionLog>>& logs) { tell(logs); }
    // Their high watermark, or who leads them, has changed: whoever watches them looks again. Any thread.
    void tell(const std::vector<std::shared_ptr<log::PartitionLog>>& logs);

    // Calls `decided` on the calling reactor once the last of `commits` is decided, after earlier calls of
    // that reactor's, with the failures of all of them. To be called within the turn that made the appends; a
    // call that comes later waits for the commits of earlier calls, too.
    using Decided = std::function<void(const Failures&)>;
    void await(runtime::Reactor& reactor, TicketRange commits, Decided decided);

    // How many commits there were since the start. Any thread.
    std::uint64_t count() const { return committed_; }
    // Whether all of `commits` are decided. Any thread.
    bool is_decided(const TicketRange& commits) const { return committed_ >= commits.last; }
    // The failures of those that are. Any thread.
    Failures failures_of(const TicketRange& commits);

    // Calls watch->on_advance() on news of any of `logs`, and keeps it, until unwatch(); only on `reactor`. A
    // commit is no news of a log with other replicas: tell() says when it may be read further. The caller
    // looks at readable_end() after this call, since an advance before it is not told.
    void watch(runtime::Reactor& reactor, const std::shared_ptr<Watch>& watch,
               const std::vector<std::shared_ptr<log::PartitionLog>>& logs);
    // Nothing happens to what is not watched.
    void unwatch(runtime::Reactor& reactor, Watch& watch);
    // Lets go of all who wait, uncalled. When the reactors' threads have ended.
    void drop_all();

  private:
    struct Desk;  // one per reactor
    using Logs = std::vector<std::shared_ptr<log::PartitionLog>>;

    static Logs changed_by(const Desk& desk, const log::Commit& commit);
    static Logs watched_of(const Desk& desk, std::span<const std::shared_ptr<log::PartitionLog>> logs);
    void call_decided(Desk& desk);
    static void call_watches(Desk& desk, const Logs& changed);

    std::vector<std::unique_ptr<Desk>> desks_;
    std::atomic<log::Ticket> committed_{0};
    std::atomic<bool> any_failed_{false};
    std::mutex failed_mutex_;
    std::map<log::Ticket, Failures> failed_;
};

}  // namespace weir::broker
