// Opening the local metadata log: format, snapshot, replay; a torn tail is cut, damage is refused.
#include <charconv>

#include "base/log_line.hpp"
#include "consensus/checked_block.hpp"
#include "consensus/local_metadata_log.hpp"
#include "consensus/snapshot_file.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view log_prefix = "log-";
constexpr std::string_view snapshot_prefix = "snapshot-";
constexpr std::uint64_t max_log_bytes = std::uint64_t{1} << 30;

// The number in a name such as log-00000000000000000042; none if it is another name.
std::optional<LogIndex> index_in(std::string_view name, std::string_view prefix) {
    constexpr std::size_t digits = 20;
    if (!name.starts_with(prefix) || name.size() != prefix.size() + digits) return std::nullopt;
    LogIndex out = 0;
    const auto [end, failure] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), out);
    if (failure != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return out;
}

}  // namespace

Result<void> LocalMetadataLog::recover() {
    if (auto made = files_.make_directories(options_.directory); !made) return made;
    auto lock = files_.lock(path("lock"));
    if (!lock) {
        if (lock.error().code != Errc::already_exists) return lock.error();
        return Error{
            Errc::already_exists,
            fmt::format("{} is in use: another weir is running on this data directory", options_.directory)};
    }
    lock_ = std::move(*lock);
    if (auto known = identify(); !known) return known;
    auto mark = DurableMark::open(files_, options_.directory);
    if (!mark) {
        if (mark.error().code != Errc::not_found) return mark.error();
        return damaged(path("mark"), 0, "it is missing");
    }
    mark_ = std::move(*mark);
    if (auto restored = restore_snapshot(); !restored) return restored;
    if (auto replayed = replay(); !replayed) return replayed;
    remove_leftovers();
    return {};
}

Result<void> LocalMetadataLog::identify() {
    const auto identity = read_identity(files_, options_.directory);
    if (!identity) return identity.error();
    if (!*identity) return format();
    options_.identity = **identity;
    return {};
}

// Whether the directory is empty but for what a format that was cut short may have left.
Result<void> LocalMetadataLog::check_unused() const {
    const auto names = files_.list(options_.directory);
    if (!names) return names.error();
    for (const auto& name : *names) {
        bool is_used = index_in(name, snapshot_prefix).has_value();
        if (index_in(name, log_prefix)) {
            const auto size = files_.file_size(path(name));
            if (!size) return size.error();
            is_used = *size > log_header_size;
        }
        if (is_used) return damaged(path("identity"), 0, "it is missing, though there is metadata beside it");
    }
    return {};
}

Result<void> LocalMetadataLog::format() {
    if (auto unused = check_unused(); !unused) return unused;
    const auto& identity = options_.identity;
    const auto header = encode_log_header({.cluster_id = identity.cluster_id});
    if (auto done = runtime::replace_file(files_, log_path(1), header); !done) return done;
    const DurablePoint start{.end = header.size(), .chain = log_header_chain(header)};
    if (auto mark = DurableMark::create(files_, options_.directory, start); !mark) return mark.error();
    if (auto done = write_identity(files_, options_.directory, identity); !done) return done;
    const auto slash = options_.directory.rfind('/');  // the directory itself must outlive a power cut, too
    return files_.sync_directory(slash == std::string::npos ? "." : options_.directory.substr(0, slash));
}

Result<void> LocalMetadataLog::restore_snapshot() {
    const auto names = files_.list(options_.directory);
    if (!names) return names.error();
    for (const auto& name : *names) {
        if (const auto index = index_in(name, snapshot_prefix))
            snapshot_index_ = std::max(snapshot_index_, *index);
    }
    const auto first = mark_->point().first;
    if (snapshot_index_ + 1 < first) return damaged(snapshot_path(first - 1), 0, "it is missing");
    if (snapshot_index_ == 0) return {};
    const auto name = snapshot_path(snapshot_index_);
    const auto snapshot = read_snapshot(files_, name);
    if (!snapshot) return snapshot.error();
    if (snapshot->cluster_id != options_.identity.cluster_id)
        return damaged(name, 0, "it is another cluster's");
    if (snapshot->at.index != snapshot_index_)
        return damaged(name, 0, "its index is not the one in its name");
    if (auto restored = machine_.restore(snapshot->at, snapshot->state); !restored) {
        return Error{restored.error().code, name + ": " + restored.error().message};
    }
    applied_ = snapshot->at;
    snapshot_at_bytes_ = std::max<std::uint64_t>(options_.snapshot_every_bytes, snapshot->state.size());
    return {};
}

Result<void> LocalMetadataLog::replay() {
    const auto name = log_path(mark_->point().first);
    const auto content = runtime::read_file(files_, name, max_log_bytes);
    if (!content) {
        if (content.error().code == Errc::not_found) return damaged(name, 0, "it is missing");
        return content.error();
    }
    if (auto replayed = replay_records(*content, name); !replayed) return replayed;
    auto file = files_.open(name, runtime::OpenMode::write);
    if (!file) return file.error();
    log_ = std::move(*file);
    if (content->size() > end_.end) {
        log_warning(
            "metadata: {} ends in a record that was not written whole; {} bytes from byte {} on are cut",
            name, content->size() - end_.end, end_.end);
        if (auto cut = log_->truncate(end_.end); !cut) return cut;
    }
    // What was found may not have been synced when the last process ended.
    if (auto synced = log_->sync_data(); !synced) return synced;
    if (end_ == mark_->point()) return {};
    if (auto written = mark_->write(end_); !written) return written;
    return mark_->sync();
}

// Applies the records beyond the snapshot and leaves end_ after the last good one.
Result<void> LocalMetadataLog::replay_records(ByteView content, const std::string& name) {
    const auto header = decode_log_header(content, name);
    if (!header) return header.error();
    const auto& mark = mark_->point();
    if (header->cluster_id != options_.identity.cluster_id)
        return damaged(name, 0, "it is another cluster's");
    if (header->first != mark.first) return damaged(name, 0, "its first index is not the one in its name");
    RecordReader reader{content.subspan(log_header_size),
                        {header->first - 1, header->previous_term},
                        log_header_chain(content)};
    const auto here = [&] {
        return DurablePoint{.first = header->first,
                            .last = reader.previous().index,
                            .end = log_header_size + reader.consumed(),
                            .chain = reader.chain()};
    };
    bool is_mark_seen = here() == mark;
    while (const auto record = reader.next()) {
        is_mark_seen = is_mark_seen || here() == mark;
        if (record->kind != RecordKind::command) {
            return Error{Errc::unsupported,
                         name +
                             " has a record of a kind that this weir does not know: start the "
                             "weir that wrote it, or a newer one"};
        }
        if (record->at.index <= applied_.index) continue;
        if (auto applied = machine_.apply(record->at, record->command); !applied) {
            return Error{applied.error().code,
                         fmt::format("{}, entry {}: {}", name, record->at.index, applied.error().message)};
        }
        applied_ = record->at;
    }
    end_ = here();
    if (!is_mark_seen) return damaged(name, end_.end, "a record that was durable does not hold");
    if (applied_.index != end_.last) return damaged(name, end_.end, "it ends before the snapshot does");
    return {};
}

// Earlier logs and snapshots, and files that were not finished; what can't be removed stays until the next
// time.
void LocalMetadataLog::remove_leftovers() const {
    const auto names = files_.list(options_.directory);
    if (!names) return;
    for (const auto& name : *names) {
        const auto log = index_in(name, log_prefix);
        const auto snapshot = index_in(name, snapshot_prefix);
        const bool is_left_over = (log && *log != end_.first) || (snapshot && *snapshot != snapshot_index_) ||
                                  name.ends_with(".tmp");
        if (!is_left_over) continue;
        if (auto removed = files_.remove(path(name)); !removed)
            log_warning("metadata: {}", removed.error().message);
    }
}

}  // namespace weir::consensus
