// One group commit, step by step.
#include "log/committer.hpp"

namespace weir::log {

bool Committer::commit_once() {
    const auto ticket = context_.queue.take(entries_);
    if (entries_.empty()) return false;
    const auto now_ms = context_.clock.wall_ms();
    share_out(ticket);
    write_segments(now_ms);
    write_journal(now_ms);
    publish();
    report(ticket);
    entries_.clear();
    shares_.clear();
    const std::lock_guard lock{mutex_};
    done_ = journal_.end();
    return true;
}

JournalPosition Committer::done() const {
    const std::lock_guard lock{mutex_};
    return done_;
}

// Links each log's entries, in order.
void Committer::share_out(Ticket ticket) {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        auto& share = entries_[i].log->share;
        if (share.round != ticket) {
            share = {.round = ticket, .index = static_cast<std::uint32_t>(shares_.size()), .last = i};
            shares_.push_back({.log = entries_[i].log, .first = i});
        } else {
            entries_[share.last].next_of_log = i;
            share.last = i;
        }
    }
}

void Committer::write_segments(std::int64_t now_ms) {
    std::uint64_t bytes = 0;
    for (const auto& entry : entries_) bytes += entry.batch.bytes.size();
    context_.space.wrote(2 * bytes);
    for (auto& share : shares_) {
        if (auto done = share.log->write(entries_, share.first, now_ms); !done) fail(share, done.error());
    }
}

void Committer::write_journal(std::int64_t now_ms) {
    journal_.begin(now_ms);
    for (auto& share : shares_) {
        if (share.failed) continue;
        const auto logged = share.log->log_entries(journal_, entries_, share.first);
        if (!logged) {
            fail(share, logged.error());
        } else {
            share.logged = *logged;
        }
    }
    if (journal_.empty()) return;
    auto done = journal_.write();
    if (done) {
        journal_.sync();
        return;
    }
    for (auto& share : shares_) {
        if (share.logged) fail(share, done.error());
    }
}

void Committer::fail(Share& share, const Error& error) {
    if (error.code == Errc::no_space) context_.space.ran_out();
    share.failed = true;
    share.log->roll_back(entries_, share.first, error);
}

void Committer::publish() {
    for (auto& share : shares_) {
        if (share.failed) continue;
        share.log->publish(entries_, share.first, journal_.last_sequence());
        advanced_.push_back(share.log);
    }
}

void Committer::report(Ticket ticket) {
    for (const auto& entry : entries_) {
        if (entry.kind == PendingKind::removal) {
            entry.failed ? removals_.on_removal_failed(entry.log)
                         : removals_.on_removed(entry.log, journal_.last_sequence());
        } else if (entry.failed) {
            failed_.push_back({entry.log, entry.offset, entry.log->last_error()});
        }
    }
    committed_.store(ticket, std::memory_order_release);
    listener_.on_commit({.ticket = ticket, .advanced = advanced_, .failed = failed_});
    advanced_.clear();
    failed_.clear();
}

}  // namespace weir::log
