// Opening the metadata log's files: format, snapshot, records; a torn tail is cut, damage is refused.
#include <charconv>

#include "base/log_line.hpp"
#include "consensus/checked_block.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/members.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view log_prefix = "log-";
constexpr std::string_view snapshot_prefix = "snapshot-";
constexpr std::uint64_t max_log_bytes = std::uint64_t{1} << 30;
constexpr LogPosition founding{1, 1};  // the entry that names a group's first members

// The number in a name such as log-00000000000000000042; none if it is another name.
std::optional<LogIndex> index_in(std::string_view name, std::string_view prefix) {
    constexpr std::size_t digits = 20;
    if (!name.starts_with(prefix) || name.size() != prefix.size() + digits) return std::nullopt;
    LogIndex out = 0;
    const auto [end, failure] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), out);
    if (failure != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return out;
}

// Whether a log file has anything in it but what format() puts there.
bool is_used_log(ByteView content) {
    if (content.size() <= log_header_size) return false;
    RecordReader reader{content.subspan(log_header_size), {}, log_header_chain(content)};
    const auto only = reader.next();
    return !only || only->kind != RecordKind::members || only->at != founding ||
           log_header_size + reader.consumed() < content.size();
}

Result<void> check_record(const Record& record, const std::string& name) {
    switch (record.kind) {
        case RecordKind::command:
        case RecordKind::barrier: return {};
        case RecordKind::members:
            if (auto members = decode_members(record.command); !members)
                return damaged(name, 0, members.error().message);
            return {};
    }
    return Error{Errc::unsupported, name +
                                        " has a record of a kind that this weir does not know: start the "
                                        "weir that wrote it, or a newer one"};
}

}  // namespace

Result<void> LogStorage::recover() {
    if (auto made = files_.make_directories(options_.directory); !made) return made;
    if (auto locked = lock(); !locked) return locked;
    if (auto known = identify(); !known) return known;
    if (auto synced = sync_directories(); !synced) return synced;
    auto votes = VoteFile::open(files_, options_.directory);
    if (!votes) {
        if (votes.error().code != Errc::not_found) return votes.error();
        return damaged(path("vote"), 0, "it is missing");
    }
    votes_ = std::move(*votes);
    auto members = read_members(files_, options_.directory);
    if (!members) return members.error();
    noted_members_ = std::move(*members);
    if (auto read = read_or_start_over(); !read) return read;
    remove_leftovers();
    return {};
}

Result<void> LogStorage::read_files() {
    auto mark = DurableMark::open(files_, options_.directory);
    if (!mark) {
        if (mark.error().code != Errc::not_found) return mark.error();
        return damaged(path("mark"), 0, "it is missing");
    }
    mark_ = std::move(*mark);
    if (auto found = find_snapshot(); !found) return found;
    return read_log();
}

Result<void> LogStorage::lock() {
    auto lock = files_.lock(path("lock"));
    if (!lock) {
        if (lock.error().code != Errc::already_exists) return lock.error();
        return Error{
            Errc::already_exists,
            fmt::format("{} is in use: another weir is running on this data directory", options_.directory)};
    }
    lock_ = std::move(*lock);
    return {};
}

Result<void> LogStorage::identify() {
    const auto identity = read_identity(files_, options_.directory);
    if (!identity) return identity.error();
    if (!*identity) return format();
    options_.identity = **identity;
    if (auto written = write_identity(files_, options_.directory, options_.identity); !written)
        log_warning("metadata: {}; there is one copy of the identity alone", written.error().message);
    return {};
}

// Whether the directory is empty but for what a format that was cut short may have left.
Result<void> LogStorage::check_unused() const {
    const auto names = files_.list(options_.directory);
    if (!names) return names.error();
    for (const auto& name : *names) {
        bool is_used = index_in(name, snapshot_prefix).has_value();
        if (index_in(name, log_prefix)) {
            const auto content = runtime::read_file(files_, path(name), max_log_bytes);
            if (!content) return content.error();
            is_used = is_used_log(*content);
        }
        if (is_used) return damaged(path("identity"), 0, "it is missing, though there is metadata beside it");
    }
    return {};
}

Result<void> LogStorage::format() {
    if (auto unused = check_unused(); !unused) return unused;
    const auto& directory = options_.directory;
    const auto& members = options_.first_members;
    if (auto made = make_log(members); !made) return made;
    const Vote vote{.term = members.empty() ? 0 : founding.term, .voted_for = std::nullopt};
    if (auto votes = VoteFile::create(files_, directory, vote); !votes) return votes.error();
    return write_identity(files_, directory, options_.identity);
}

// One that is empty but for the list of the group's first members, if there is one.
Result<void> LogStorage::make_log(const std::vector<Member>& members) {
    const auto& identity = options_.identity;
    auto content = encode_log_header({.cluster_id = identity.cluster_id});
    DurablePoint end{.end = content.size(), .chain = log_header_chain(content)};
    if (!members.empty()) {
        if (auto good = check_members(members); !good) return good;
        const auto list = encode_members(members);
        put_record(content, end.chain, {.at = founding, .kind = RecordKind::members, .command = list});
        end.last = founding.index;
        end.end = content.size();
    }
    if (auto done = runtime::replace_file(files_, log_path(1), content); !done) return done;
    if (auto mark = DurableMark::create(files_, options_.directory, end); !mark) return mark.error();
    return {};
}

// The last process may have ended before it had made durable what it put here, and the directory itself.
Result<void> LogStorage::sync_directories() {
    const auto& directory = options_.directory;
    if (auto synced = files_.sync_directory(directory); !synced) return synced;
    const auto slash = directory.rfind('/');
    return files_.sync_directory(slash == std::string::npos ? "." : directory.substr(0, slash));
}

Result<void> LogStorage::find_snapshot() {
    const auto names = files_.list(options_.directory);
    if (!names) return names.error();
    // Only the one right before the log counts: a newer one was not finished.
    const auto wanted = mark_->point().first - 1;
    if (wanted == 0) return {};
    const auto name = snapshot_path(wanted);
    auto snapshot = read_snapshot(files_, name);
    if (!snapshot) {
        if (snapshot.error().code == Errc::not_found) return damaged(name, 0, "it is missing");
        return snapshot.error();
    }
    if (snapshot->cluster_id != options_.identity.cluster_id)
        return damaged(name, 0, "it is another cluster's");
    if (snapshot->at.index != wanted) return damaged(name, 0, "its index is not the one in its name");
    snapshot_ = snapshot->at;
    snapshot_bytes_ = snapshot->state.size();
    found_ = std::move(*snapshot);
    return {};
}

Result<void> LogStorage::read_log() {
    const auto name = log_path(mark_->point().first);
    const auto content = runtime::read_file(files_, name, max_log_bytes);
    if (!content) {
        if (content.error().code == Errc::not_found) return damaged(name, 0, "it is missing");
        return content.error();
    }
    if (auto read = read_records(*content, name); !read) return read;
    return open_log(name, content->size());
}

Result<void> LogStorage::check_start(const std::string& name, const LogHeader& header) const {
    if (header.cluster_id != options_.identity.cluster_id) return damaged(name, 0, "it is another cluster's");
    if (header.first != mark_->point().first)
        return damaged(name, 0, "its first index is not the one in its name");
    if (header.previous_term != snapshot_.term)
        return damaged(name, 0, "it does not go on from the snapshot");
    return {};
}

// Takes the records into memory and leaves end_ after the last good one.
Result<void> LogStorage::read_records(ByteView content, const std::string& name) {
    const auto header = decode_log_header(content, name);
    if (!header) return header.error();
    if (auto good = check_start(name, *header); !good) return good;
    RecordReader reader{content.subspan(log_header_size),
                        {header->first - 1, header->previous_term},
                        log_header_chain(content)};
    const auto here = [&] {
        return DurablePoint{.first = header->first,
                            .last = reader.previous().index,
                            .end = log_header_size + reader.consumed(),
                            .chain = reader.chain()};
    };
    kept_from_ = header->first;
    start_ = here();
    bool is_mark_seen = start_ == mark_->point();
    while (const auto record = reader.next()) {
        if (auto known = check_record(*record, name); !known) return known;
        is_mark_seen = is_mark_seen || here() == mark_->point();
        entries_.push_back({.entry = {.term = record->at.term,
                                      .kind = record->kind,
                                      .data = {record->command.begin(), record->command.end()}},
                            .end = here().end,
                            .chain = reader.chain()});
    }
    end_ = here();
    if (!is_mark_seen) return damaged(name, end_.end, "a record that was durable does not hold");
    return {};
}

Result<void> LogStorage::open_log(const std::string& name, std::uint64_t size) {
    auto file = files_.open(name, runtime::OpenMode::write);
    if (!file) return file.error();
    log_ = std::move(*file);
    if (size > end_.end) {
        log_warning(
            "metadata: {} ends in a record that was not written whole; {} bytes from byte {} on are cut",
            name, size - end_.end, end_.end);
        if (auto cut = log_->truncate(end_.end); !cut) return cut;
    }
    // What was found may not have been synced when the last process ended.
    if (auto synced = log_->sync_data(); !synced) return synced;
    synced_ = end_.last;
    if (end_ == mark_->point()) return {};
    if (auto written = mark_->write(end_); !written) return written;
    return mark_->sync();
}

// Earlier logs and snapshots, and files that were not finished; what can't be removed stays until the next
// time.
void LogStorage::remove_leftovers() const {
    const auto names = files_.list(options_.directory);
    if (!names) return;
    for (const auto& name : *names) {
        const auto log = index_in(name, log_prefix);
        const auto snapshot = index_in(name, snapshot_prefix);
        const bool is_left_over = (log && *log != start_.first) ||
                                  (snapshot && *snapshot != snapshot_.index) || name.ends_with(".tmp");
        if (!is_left_over) continue;
        if (auto removed = files_.remove(path(name)); !removed)
            log_warning("metadata: {}", removed.error().message);
    }
}

}  // namespace weir::consensus
