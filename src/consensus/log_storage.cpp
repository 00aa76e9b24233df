// Writing the metadata log: records, the durable mark, snapshots.
#include "consensus/log_storage.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

[[noreturn]] void end_process(const Error& failure) {
    die(fmt::format(
        "{}: what is on disk is unknown now, so weir ends here. Check the disk, then start it again",
        failure.message));
}

}  // namespace

Result<std::unique_ptr<LogStorage>> LogStorage::open(StorageOptions options, runtime::FileSystem& files) {
    std::unique_ptr<LogStorage> storage{new LogStorage{std::move(options), files}};
    if (auto recovered = storage->recover(); !recovered) return without_start(recovered.error());
    return storage;
}

std::string LogStorage::log_path(LogIndex first) const {
    return path(fmt::format("log-{:020}", first));
}
std::string LogStorage::snapshot_path(LogIndex last) const {
    return path(fmt::format("snapshot-{:020}", last));
}

void LogStorage::save_vote(const Vote& vote) {
    if (auto saved = votes_->save(vote); !saved) end_process(saved.error());
}

const LogEntry* LogStorage::entry(LogIndex index) const {
    if (index < kept_from_ || index > last()) return nullptr;
    return &entries_[index - kept_from_].entry;
}

void LogStorage::append(LogEntry entry) {
    ASSERT(entry.data.size() <= max_command_bytes);
    entries_.push_back({.entry = std::move(entry)});
}

// Where the record before `index` ends in the file.
DurablePoint LogStorage::point_before(LogIndex index) const {
    if (index <= start_.first) return start_;
    const auto& before = entries_[index - 1 - kept_from_];
    return {.first = start_.first, .last = index - 1, .end = before.end, .chain = before.chain};
}

void LogStorage::truncate(LogIndex index) {
    ASSERT(index > snapshot_.index && index >= start_.first && index <= last());
    const auto cut_at = point_before(index);
    entries_.resize(index - kept_from_);
    if (end_.last < index) return;
    // The mark must not point at what is about to go, or the next start would take it for damage.
    if (mark_->point().last >= index) move_mark(cut_at);
    end_ = cut_at;
    synced_ = std::min(synced_, index - 1);
    has_leftover_ = true;
    if (auto cut = cut_leftover(); !cut) log_warning("metadata: {}", cut.error().message);
}

Result<void> LogStorage::cut_leftover() {
    if (!has_leftover_) return {};
    if (auto cut = log_->truncate(end_.end); !cut) return cut;
    has_leftover_ = false;
    return {};
}

Result<void> LogStorage::write() {
    if (auto cut = cut_leftover(); !cut) return cut;
    if (is_written()) return {};
    Bytes bytes;
    auto end = end_;
    for (auto index = end_.last + 1; index <= last(); ++index) {
        auto& [entry, ends_at, chain] = entries_[index - kept_from_];
        put_record(bytes, end.chain, {.at = {index, entry.term}, .kind = entry.kind, .command = entry.data});
        end.last = index;
        end.end = ends_at = end_.end + bytes.size();
        chain = end.chain;
    }
    if (auto written = log_->write(end_.end, bytes); !written) {
        has_leftover_ = true;
        if (auto cut = cut_leftover(); !cut) return Error{Errc::outcome_unknown, cut.error().message};
        // Or what was cut could be back after a power cut.
        if (auto synced = log_->sync_data(); !synced) end_process(synced.error());
        return written;
    }
    end_ = end;
    return {};
}

void LogStorage::sync() {
    if (synced_ == end_.last) return;
    if (auto synced = log_->sync_data(); !synced) end_process(synced.error());
    synced_ = end_.last;
    end_recovery_if_filled();
}

void LogStorage::advance_mark() {
    if (synced_ != end_.last || !is_written() || mark_->point() == end_) return;
    if (auto written = mark_->write(end_); !written)
        return log_warning("metadata: {}; damage to the newest entries may pass unseen",
                           written.error().message);
    is_mark_synced_ = false;
}

void LogStorage::sync_mark() {
    advance_mark();
    if (is_mark_synced_) return;
    if (auto synced = mark_->sync(); !synced) end_process(synced.error());
    is_mark_synced_ = true;
}

void LogStorage::move_mark(const DurablePoint& point) {
    if (auto written = mark_->write(point); !written) end_process(written.error());
    if (auto synced = mark_->sync(); !synced) end_process(synced.error());
    is_mark_synced_ = true;
}

Result<void> LogStorage::save_snapshot(const Snapshot& snapshot) {
    ASSERT(entry(snapshot.at.index) != nullptr && entry(snapshot.at.index)->term == snapshot.at.term);
    if (auto done = write_snapshot(files_, snapshot_path(snapshot.at.index), snapshot); !done) return done;
    return start_log(snapshot);
}

Result<void> LogStorage::install_snapshot(const Snapshot& snapshot) {
    if (auto done = write_snapshot(files_, snapshot_path(snapshot.at.index), snapshot); !done) return done;
    auto kept = std::exchange(entries_, {});
    const auto kept_from = std::exchange(kept_from_, snapshot.at.index + 1);
    auto done = start_log(snapshot);
    if (!done) entries_ = std::move(kept), kept_from_ = kept_from;
    if (done) end_recovery_if_filled();
    return done;
}

// A log file of what is behind the snapshot. Until the mark names it, the old one counts.
Result<void> LogStorage::start_log(const Snapshot& snapshot) {
    const auto first = snapshot.at.index + 1;
    auto content = encode_log_header(
        {.cluster_id = snapshot.cluster_id, .first = first, .previous_term = snapshot.at.term});
    DurablePoint start{.first = first, .last = snapshot.at.index, .end = content.size()};
    start.chain = log_header_chain(content);
    auto end = start;
    std::vector<DurablePoint> ends;
    for (auto index = first; index <= last(); ++index) {
        const auto& entry = entries_[index - kept_from_].entry;
        put_record(content, end.chain,
                   {.at = {index, entry.term}, .kind = entry.kind, .command = entry.data});
        end.last = index;
        end.end = content.size();
        ends.push_back(end);
    }
    const auto name = log_path(first);
    if (auto written = runtime::replace_file(files_, name, content); !written) return written;
    auto next = files_.open(name, runtime::OpenMode::write);
    if (!next) return next.error();
    move_mark(end);
    for (const auto& at : ends) {
        auto& kept = entries_[at.last - kept_from_];
        kept.end = at.end;
        kept.chain = at.chain;
    }
    log_ = std::move(*next);
    has_leftover_ = false;
    start_ = start;
    end_ = end;
    synced_ = end.last;
    snapshot_ = snapshot.at;
    snapshot_bytes_ = snapshot.state.size();
    remove_leftovers();
    // Or a mark that is damaged later could lead back to the old log.
    if (auto gone = files_.sync_directory(options_.directory); !gone)
        log_warning("metadata: {}", gone.error().message);
    return {};
}

void LogStorage::forget_before(LogIndex index) {
    ASSERT(index <= snapshot_.index + 1);
    for (; kept_from_ < index && !entries_.empty(); ++kept_from_) entries_.pop_front();
    if (entries_.empty()) kept_from_ = snapshot_.index + 1;
}

void LogStorage::note_members(const std::vector<Member>& members) {
    if (noted_members_ == members) return;
    if (auto written = write_members(files_, options_.directory, members); !written)
        return log_warning("metadata: {}; the list of members is not kept", written.error().message);
    noted_members_ = members;
}

Result<Snapshot> LogStorage::load_snapshot() const {
    return read_snapshot(files_, snapshot_path(snapshot_.index));
}

}  // namespace weir::consensus
