// Carries the news of group commits from the committing thread to the reactors, in one post per reactor and
// commit.
#pragma once

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

// Which appends of a commit were rolled back, most often none.
class Failures {
  public:
    // The failure of the append that `log` had given `base_offset`; null if it is durable.
    const Error* find(const log::PartitionLog& log, Offset base_offset) const;
    bool empty() const { return failed_.empty(); }
    void add(log::FailedAppend failed) { failed_.push_back(std::move(failed)); }

  private:
    std::vector<log::FailedAppend> failed_;
};

// Something that waits for logs to advance, on one reactor. Its owner unwatches it before it goes.
class Watch {
  public:
    virtual ~Watch() = default;
    // One of the watched logs has advanced. May unwatch and destroy the watch.
    virtual void on_advance() = 0;
};

class CommitHub final : public log::CommitListener {
  public:
    explicit CommitHub(runtime::ReactorPool& pool);
    ~CommitHub() override;

    void on_commit(const log::Commit& commit) override;

    // Calls `decided` on the calling reactor once the commit `ticket` is decided, after earlier calls of that
    // reactor's. To be called within the turn that made the append.
    using Decided = std::function<void(const Failures&)>;
    void await(runtime::Reactor& reactor, log::Ticket ticket, Decided decided);

    // Calls watch.on_advance() after any of `logs` advances, until unwatch(); only on `reactor`. The caller
    // looks at durable_end() after this call, since an advance before it is not told.
    void watch(runtime::Reactor& reactor, Watch& watch,
               const std::vector<std::shared_ptr<log::PartitionLog>>& logs);
    void unwatch(runtime::Reactor& reactor, Watch& watch);

  private:
    struct Desk;  // one per reactor

    void call_decided(Desk& desk);
    static void call_watches(Desk& desk, const std::vector<std::shared_ptr<log::PartitionLog>>& advanced);
    Failures failures_of(log::Ticket ticket);

    std::vector<std::unique_ptr<Desk>> desks_;
    std::atomic<log::Ticket> committed_{0};
    std::atomic<bool> any_failed_{false};
    std::mutex failed_mutex_;
    std::map<log::Ticket, Failures> failed_;
};

}  // namespace weir::broker
