// How the news of a commit reaches those who wait: a desk per reactor, touched by that reactor's thread
// alone.
#include "broker/commit_hub.hpp"

namespace weir::broker {

namespace {

constexpr std::size_t remembered_failed_commits = 4096;  // far more than reactors can lag behind
constexpr log::Ticket nobody_waits = UINT64_MAX;

}  // namespace

struct CommitHub::Desk {
    explicit Desk(runtime::Reactor& r) : reactor(r) {}

    runtime::Reactor& reactor;
    // The ticket of the longest waiting call; nobody_waits for none. Written by the reactor, read by the
    // committing thread: either that sees the ticket, or the reactor sees that it is committed already.
    std::atomic<log::Ticket> oldest_awaited{nobody_waits};
    std::deque<std::pair<TicketRange, Decided>> waiting;
    std::unordered_map<const log::PartitionLog*, std::vector<Watch*>> watches;
    struct Watched {
        std::shared_ptr<Watch> watch;
        std::vector<std::shared_ptr<log::PartitionLog>> logs;
    };
    std::unordered_map<Watch*, Watched> watched;

    std::uint64_t bit() const { return std::uint64_t{1} << reactor.index(); }
};

const Error* Failures::find(const log::PartitionLog& log, Offset base_offset, TicketRange commits) const {
    for (const auto& [ticket, each] : failed_) {
        if (ticket < commits.first || ticket > commits.last) continue;
        if (each.log.get() == &log && each.base_offset == base_offset) return &each.error;
    }
    return nullptr;
}

CommitHub::CommitHub(runtime::ReactorPool& pool) {
    for (unsigned i = 0; i < pool.size(); ++i) desks_.push_back(std::make_unique<Desk>(pool.at(i)));
}
CommitHub::~CommitHub() = default;

void CommitHub::on_commit(const log::Commit& commit) {
    if (!commit.failed.empty()) {
        const std::lock_guard lock(failed_mutex_);
        for (const auto& each : commit.failed) failed_[commit.ticket].add(commit.ticket, each);
        while (failed_.size() > remembered_failed_commits) failed_.erase(failed_.begin());
        any_failed_ = true;
    }
    committed_ = commit.ticket;  // sequentially consistent, as is reading the bits and oldest_awaited below
    for (auto& desk : desks_) {
        auto changed = changed_by(*desk, commit);
        if (changed.empty() && desk->oldest_awaited > commit.ticket) continue;
        desk->reactor.post([this, &desk = *desk, logs = std::move(changed)] {
            call_decided(desk);
            call_watches(desk, logs);
        });
    }
}

void CommitHub::tell(const Logs& logs) {
    for (auto& desk : desks_) {
        auto removed = watched_of(*desk, logs);
        if (removed.empty()) continue;
        desk->reactor.post([&desk = *desk, logs = std::move(removed)] { call_watches(desk, logs); });
    }
}

CommitHub::Logs CommitHub::changed_by(const Desk& desk, const log::Commit& commit) {
    auto changed = watched_of(desk, commit.advanced);
    std::erase_if(changed, [](const auto& log) { return log->is_limited(); });
    for (const auto& each : commit.failed) {
        if (each.log->watchers & desk.bit()) changed.push_back(each.log);
    }
    return changed;
}

CommitHub::Logs CommitHub::watched_of(const Desk& desk,
                                      std::span<const std::shared_ptr<log::PartitionLog>> logs) {
    Logs watched;
    for (const auto& log : logs) {
        if (log->watchers & desk.bit()) watched.push_back(log);
    }
    return watched;
}

void CommitHub::await(runtime::Reactor& reactor, TicketRange commits, Decided decided) {
    auto& desk = *desks_.at(reactor.index());
    desk.waiting.emplace_back(commits, std::move(decided));
    if (desk.waiting.size() == 1) desk.oldest_awaited = commits.last;
    if (committed_ >= commits.last) reactor.post([this, &desk] { call_decided(desk); });
}

void CommitHub::call_decided(Desk& desk) {
    const auto committed = committed_.load();
    while (!desk.waiting.empty() && desk.waiting.front().first.last <= committed) {
        const auto [commits, decided] = std::move(desk.waiting.front());
        desk.waiting.pop_front();
        decided(failures_of(commits));
    }
    desk.oldest_awaited = desk.waiting.empty() ? nobody_waits : desk.waiting.front().first.last;
    // A commit between the load above and this store has seen the old value and posted, or is seen here.
    if (!desk.waiting.empty() && committed_ >= desk.waiting.front().first.last) {
        desk.reactor.post([this, &desk] { call_decided(desk); });
    }
}

Failures CommitHub::failures_of(const TicketRange& commits) {
    Failures failures;
    if (!any_failed_) return failures;
    const std::lock_guard lock(failed_mutex_);
    const auto end = failed_.upper_bound(commits.last);
    for (auto each = failed_.lower_bound(commits.first); each != end; ++each) failures.add(each->second);
    return failures;
}

void CommitHub::watch(runtime::Reactor& reactor, const std::shared_ptr<Watch>& watch,
                      const std::vector<std::shared_ptr<log::PartitionLog>>& logs) {
    auto& desk = *desks_.at(reactor.index());
    for (const auto& log : logs) {
        desk.watches[log.get()].push_back(watch.get());
        log->watchers |= desk.bit();
    }
    desk.watched[watch.get()] = {watch, logs};
}

void CommitHub::unwatch(runtime::Reactor& reactor, Watch& watch) {
    auto& desk = *desks_.at(reactor.index());
    const auto unwatched = desk.watched.extract(&watch);
    if (unwatched.empty()) return;
    for (const auto& log : unwatched.mapped().logs) {
        const auto watches = desk.watches.find(log.get());
        if (watches == desk.watches.end()) continue;
        std::erase(watches->second, &watch);
        if (!watches->second.empty()) continue;
        desk.watches.erase(watches);
        log->watchers &= ~desk.bit();
    }
}

void CommitHub::drop_all() {
    for (auto& desk : desks_) {
        std::exchange(desk->waiting, {}).clear();
        desk->watches.clear();
        std::exchange(desk->watched, {}).clear();
    }
}

void CommitHub::call_watches(Desk& desk, const Logs& changed) {
    std::vector<Watch*> woken;
    for (const auto& log : changed) {
        const auto found = desk.watches.find(log.get());
        if (found != desk.watches.end())
            woken.insert(woken.end(), found->second.begin(), found->second.end());
    }
    std::sort(woken.begin(), woken.end());
    woken.erase(std::unique(woken.begin(), woken.end()), woken.end());
    for (auto* each : woken) {
        const auto found = desk.watched.find(each);
        if (found == desk.watched.end()) continue;  // an earlier call has ended it
        const auto watch = found->second.watch;
        watch->on_advance();
    }
}

}  // namespace weir::broker
