// Writing the local metadata log: group commit, the durable mark, snapshots.
#include "consensus/local_metadata_log.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "consensus/snapshot_file.hpp"

namespace weir::consensus {

namespace {

constexpr LogTerm only_term = 1;  // a quorum of one never changes its leader
constexpr std::size_t max_batch_bytes = 4 * max_command_bytes;

}  // namespace

LocalMetadataLog::LocalMetadataLog(LocalLogOptions options, StateMachine& machine, runtime::FileSystem& files,
                                   Executor& executor)
    : options_(std::move(options)),
      machine_(machine),
      files_(files),
      executor_(executor),
      snapshot_at_bytes_(options_.snapshot_every_bytes) {}

Result<std::unique_ptr<LocalMetadataLog>> LocalMetadataLog::open(LocalLogOptions options,
                                                                 StateMachine& machine,
                                                                 runtime::FileSystem& files,
                                                                 Executor& executor) {
    std::unique_ptr<LocalMetadataLog> log{new LocalMetadataLog{std::move(options), machine, files, executor}};
    if (auto recovered = log->recover(); !recovered) return recovered.error();
    return log;
}

std::string LocalMetadataLog::log_path(LogIndex first) const {
    return path(fmt::format("log-{:020}", first));
}
std::string LocalMetadataLog::snapshot_path(LogIndex last) const {
    return path(fmt::format("snapshot-{:020}", last));
}

void LocalMetadataLog::run(std::function<void()> task) {
    executor_.post([task = std::move(task), life = std::weak_ptr{life_}] {
        if (!life.expired()) task();
    });
}

void LocalMetadataLog::propose(Bytes command, Proposed done) {
    const auto refuse = [&](Error error) { run([done, error = std::move(error)] { done(error); }); };
    if (is_stopping_) return refuse({Errc::shutting_down, "this node is stopping"});
    if (command.size() > max_command_bytes) {
        return refuse(
            {Errc::limit_exceeded, fmt::format("a change of the metadata has at most {} bytes, not {}",
                                               max_command_bytes, command.size())});
    }
    if (pending_.size() >= options_.max_pending) {
        return refuse({Errc::busy, "too many changes of the metadata are under way: try again"});
    }
    pending_.push_back({std::move(command), std::move(done)});
    if (std::exchange(is_flush_posted_, true)) return;
    run([this] { flush(); });
}

void LocalMetadataLog::stop(std::function<void()> done) {
    is_stopping_ = true;
    run([this, done = std::move(done)] {
        while (!pending_.empty()) flush();
        done();
    });
}

void LocalMetadataLog::flush() {
    is_flush_posted_ = false;
    std::vector<Proposal> batch;
    for (std::size_t bytes = 0; !pending_.empty() && bytes < max_batch_bytes;) {
        bytes += pending_.front().command.size();
        batch.push_back(std::move(pending_.front()));
        pending_.pop_front();
    }
    if (batch.empty()) return;
    if (!pending_.empty() && !std::exchange(is_flush_posted_, true)) run([this] { flush(); });

    if (const auto done = append(batch); !done) {
        log_warning("metadata: a change was refused: {}", done.error().message);
        for (auto& proposal : batch) proposal.done(done.error());
        return;
    }
    apply(batch);
    advance_mark();
    snapshot_if_due();
}

// Writes the batch and makes it durable. After an error it is as if nothing had been tried.
Result<void> LocalMetadataLog::append(const std::vector<Proposal>& batch) {
    if (auto cut = cut_failed_write(); !cut) return cut;
    Bytes bytes;
    auto end = end_;
    for (const auto& proposal : batch) {
        put_record(bytes, end.chain, {.at = {++end.last, only_term}, .command = proposal.command});
    }
    if (auto written = log_->write(end_.end, bytes); !written) {
        has_failed_write_ = true;
        if (auto cut = cut_failed_write(); !cut) log_warning("metadata: {}", cut.error().message);
        return written;
    }
    if (auto synced = log_->sync_data(); !synced) {
        die(fmt::format(
            "{}: what is on disk is unknown now, so weir ends here. Check the disk, then start it again",
            synced.error().message));
    }
    end.end += bytes.size();
    end_ = end;
    return {};
}

Result<void> LocalMetadataLog::cut_failed_write() {
    if (!has_failed_write_) return {};
    if (auto cut = log_->truncate(end_.end); !cut) return cut;
    has_failed_write_ = false;
    return {};
}

void LocalMetadataLog::apply(const std::vector<Proposal>& batch) {
    auto first = applied_.index;
    for (const auto& proposal : batch) {
        applied_ = {applied_.index + 1, only_term};
        if (const auto done = machine_.apply(applied_, proposal.command); !done) {
            die(fmt::format("metadata: entry {} can't be applied: {}", applied_.index, done.error().message));
        }
    }
    ASSERT(applied_.index == end_.last);
    for (const auto& proposal : batch) proposal.done(LogPosition{++first, only_term});
}

// After the callbacks, so that nobody waits for it; synced once there is a pause.
void LocalMetadataLog::advance_mark() {
    if (auto written = mark_->write(end_); !written) {
        log_warning("metadata: {}; damage to the newest entries may pass unseen", written.error().message);
        return;
    }
    if (!pending_.empty()) return;
    if (auto synced = mark_->sync(); !synced) die(synced.error().message);
}

void LocalMetadataLog::snapshot_if_due() {
    if (end_.end < snapshot_at_bytes_) return;
    if (const auto done = snapshot(); !done) {
        log_warning("metadata: no snapshot: {}; the log grows until there is one", done.error().message);
        snapshot_at_bytes_ = end_.end + options_.snapshot_every_bytes;
    }
}

// A snapshot of what is applied, then an empty log after it. Until the mark names the new log, the old one
// counts.
Result<void> LocalMetadataLog::snapshot() {
    const Snapshot taken{
        .cluster_id = options_.identity.cluster_id, .at = applied_, .state = machine_.snapshot()};
    if (auto written = write_snapshot(files_, snapshot_path(taken.at.index), taken); !written) return written;
    const auto header = encode_log_header(
        {.cluster_id = taken.cluster_id, .first = taken.at.index + 1, .previous_term = taken.at.term});
    const auto log_name = log_path(taken.at.index + 1);
    if (auto written = runtime::replace_file(files_, log_name, header); !written) return written;
    auto next = files_.open(log_name, runtime::OpenMode::write);
    if (!next) return next.error();
    const DurablePoint start{.first = taken.at.index + 1,
                             .last = taken.at.index,
                             .end = header.size(),
                             .chain = log_header_chain(header)};
    if (auto written = mark_->write(start); !written) return written;
    if (auto synced = mark_->sync(); !synced) die(synced.error().message);
    log_ = std::move(*next);
    end_ = start;
    snapshot_index_ = taken.at.index;
    // A large state is written no more often than as much log.
    snapshot_at_bytes_ = std::max<std::uint64_t>(options_.snapshot_every_bytes, taken.state.size());
    remove_leftovers();
    return {};
}

}  // namespace weir::consensus
