// A node whose metadata log is damaged, where the others have it: what is here is set aside, and the log
// begins anew, without a say until it has all that it may have acknowledged (docs/decisions/0023).
#include "base/log_line.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/recovery_note.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view aside_prefix = "set-aside-";  // then a number, a point, and the file's name

bool is_of_log(std::string_view name) {
    return name == "mark" || name.starts_with("log-") || name.starts_with("snapshot-");
}

}  // namespace

// A log that did not come back before the process ended begins anew as well: the little that it has may name
// this node as the only voter, long ago.
Result<void> LogStorage::read_or_start_over() {
    auto noted = read_recovery(files_, options_.directory);
    if (!noted) return noted.error();
    recovering_ = *noted;
    auto read = read_files();
    if (read) end_recovery_if_filled();
    if (read && !recovering_) return {};
    if (!read && read.error().code != Errc::corrupt) return read;
    const auto self = options_.identity.node;
    const bool may_begin =
        options_.may_start_over && noted_members_ && can_elect_without(self, *noted_members_);
    if (!recovering_ && !may_begin) return read;
    const Error unfinished{Errc::corrupt, "the last start ended before its metadata had come back"};
    if (auto begun = start_over(read ? unfinished : read.error()); !begun) return begun;
    if (noted = read_recovery(files_, options_.directory); !noted) return noted.error();
    recovering_ = *noted;
    if (read = read_files(); read) end_recovery_if_filled();
    return read;
}

// In this order: whatever is there after a crash, the node knows that it has no say. In the term that begins
// here it has acknowledged nothing, and a leader of an earlier one, which counts on what it had acknowledged,
// steps down when it hears of it.
Result<void> LogStorage::start_over(const Error& damage) {
    const auto newest = entries_.empty() ? snapshot_.term : entries_.back().entry.term;
    if (vote().term < newest) return damage;  // the vote is not the last one either
    const auto until = vote().term + 1;
    const auto number = set_aside_number();
    if (auto noted = write_recovery(files_, options_.directory, until); !noted) return noted;
    save_vote({.term = until, .voted_for = std::nullopt});
    mark_.reset();
    log_.reset();
    entries_.clear();
    kept_from_ = 1;
    synced_ = snapshot_bytes_ = 0;
    snapshot_ = {};
    found_.reset();
    if (auto aside = set_aside(number); !aside) return aside;
    if (auto made = make_log({}); !made) return made;
    log_error(
        "{}. The metadata's log is set aside as {}/{}{}.*, and this node gets it from the cluster's other "
        "nodes; until it has all, it has no vote",
        damage.message, options_.directory, aside_prefix, number);
    return {};
}

Result<void> LogStorage::set_aside(std::uint32_t number) {
    const auto names = files_.list(options_.directory);
    if (!names) return names.error();
    for (const auto& name : *names) {
        if (!is_of_log(name)) continue;
        auto renamed = files_.rename(path(name), path(fmt::format("{}{}.{}", aside_prefix, number, name)));
        if (!renamed) return renamed;
    }
    return files_.sync_directory(options_.directory);
}

std::uint32_t LogStorage::set_aside_number() const {
    const auto names = files_.list(options_.directory);
    for (std::uint32_t number = 1;; ++number) {
        const auto front = fmt::format("{}{}.", aside_prefix, number);
        const auto is_taken = [&](const auto& name) { return name.starts_with(front); };
        if (!names || std::ranges::none_of(*names, is_taken)) return number;
    }
}

LogTerm LogStorage::synced_term() const {
    const auto* last = entry(synced_);
    return last == nullptr ? snapshot_.term : last->term;
}

// An entry of a term that began after the damage comes with all that its leader had when it was elected: what
// was committed with this node's help is among it, since all who elected that leader have a log that holds.
void LogStorage::end_recovery_if_filled() {
    if (!recovering_ || synced_term() < *recovering_) return;
    recovering_.reset();
    if (auto ended = end_recovery(files_, options_.directory); !ended)
        log_warning("metadata: {}; the next start looks at it again", ended.error().message);
    remove_set_aside();
    log_info("metadata: what was damaged has come back up to entry {}; this node votes again", synced_);
}

void LogStorage::remove_set_aside() const {
    const auto names = files_.list(options_.directory);
    if (!names) return;
    for (const auto& name : *names) {
        if (!name.starts_with(aside_prefix)) continue;
        if (auto removed = files_.remove(path(name)); !removed)
            log_warning("metadata: {}", removed.error().message);
    }
}

}  // namespace weir::consensus
