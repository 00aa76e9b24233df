// The journal's entries, applied to logs.
#include "log/replay.hpp"

#include "base/log_line.hpp"
#include "log/damage.hpp"
#include "log/layout.hpp"
#include "log/segment_reader.hpp"

namespace weir::log {

namespace {

Error damaged(const std::string& what) {
    return {Errc::corrupt, what};
}

}  // namespace

Replay::Replay(runtime::FileSystem& files, TopicFiles& topics, std::shared_ptr<ReplayedJournal> journal,
               Checkpoint checkpoint)
    : files_(files), topics_(topics), journal_(std::move(journal)) {
    for (const auto& removed : checkpoint.removed) removed_[removed.key] = removed.sequence;
    for (auto& state : checkpoint.logs) {
        if (removed_.contains(state.key)) continue;
        auto& log = logs_[state.key];
        log.epochs = EpochTable{std::move(state.epochs)};
        for (auto& producer : state.producers) log.producers.restore(std::move(producer));
        for (const auto& segment : state.segments) log.promised[segment.base.value] = segment.size;
        log.state = std::move(state);
    }
}

std::string Replay::stem(const Log& log, Offset base) const {
    return topics_.stem(log.state.key, log.state.label, base);
}

Result<void> Replay::apply(const JournalRound& round) {
    return for_each_entry(round.header, round.payload,
                          [&](const JournalEntry& entry) { return apply_entry(round, entry); });
}

Result<void> Replay::apply_entry(const JournalRound& round, const JournalEntry& entry) {
    const auto sequence = round.header.sequence;
    if (const auto gone = removed_.find(entry.key); gone != removed_.end() && gone->second >= sequence)
        return {};
    auto found = logs_.find(entry.key);
    if (found != logs_.end() && found->second.state.applied >= sequence) return {};
    if (entry.type == EntryType::removal) {
        if (found != logs_.end()) logs_.erase(found);
        removed_[entry.key] = sequence;
        return {};
    }
    if (entry.type == EntryType::description) {
        auto description = decode_description(entry.data);
        if (!description) return description.error();
        auto& log = logs_[entry.key];
        log.state.key = entry.key;
        if (found == logs_.end()) log.state.label = std::move(description->label);
        log.state.durability = description->durability;
        return {};
    }
    if (found == logs_.end()) {
        return damaged(fmt::format(
            "journal round {} speaks of partition {} of topic {}, which nothing describes. Restore "
            "the data directory from a backup, or begin with an empty one under a new number",
            sequence, entry.key.partition.value, entry.key.topic_id.text()));
    }
    auto& log = found->second;
    if (entry.type == EntryType::cut) return apply_cut(log, entry.data);
    if (log.doubt) return {};
    auto done =
        entry.type == EntryType::start ? apply_start(log, entry.offset) : apply_batch(log, round, entry);
    // Only a cut that follows can explain it, as the files are those of after the cut.
    if (!done && done.error().code == Errc::corrupt) {
        log.doubt = done.error();
        return {};
    }
    return done;
}

Result<void> Replay::apply_batch(Log& log, const JournalRound& round, const JournalEntry& entry) {
    auto& state = log.state;
    if ((entry.flags & JournalEntry::after_unlogged) != 0 && state.end < entry.offset) {
        if (auto done = scan(log, entry.offset); !done) return done;
    }
    const auto whole = entry.data.size() >= batch_header_size;
    auto place = whole ? place_of(entry.data.data(), 0, entry.data.size()) : std::nullopt;
    if (place && place->next <= log.scanned) return {};  // the segment has it
    const bool first = (entry.flags & JournalEntry::new_segment) != 0;
    if (!place || place->size != entry.data.size() || place->base != entry.offset ||
        state.end != entry.offset || (state.segments.empty() && !first)) {
        return damaged(fmt::format("journal round {} holds offset {} of {}, but the log ends at {}",
                                   round.header.sequence, entry.offset.value, stem(log, entry.offset),
                                   state.end.value));
    }
    if (first) begin_segment(log, entry.offset, round.header.time_ms);
    place->position = state.segments.back().size;
    const auto in_payload = static_cast<std::uint64_t>(entry.data.data() - round.payload.data());
    repair_of_last(log).pieces.push_back(
        {.segment_position = place->position,
         .journal_position = round.position + round_header_size + in_payload,
         .journal_file = static_cast<std::uint32_t>(round.file - journal_->first()),
         .bytes = static_cast<std::uint32_t>(entry.data.size())});
    take_batch(log, *place, entry.data.data(), round.header.time_ms);
    return {};
}

SegmentRepair& Replay::repair_of_last(Log& log) const {
    auto& repairs = log.state.repairs;
    const auto base = log.state.segments.back().base;
    if (repairs.empty() || repairs.back().base != base)
        repairs.push_back({.base = base, .journal = journal_, .pieces = {}});
    return repairs.back();
}

void Replay::begin_segment(Log& log, Offset base, std::int64_t time_ms) {
    log.state.segments.push_back({.base = base, .end = base, .created_ms = time_ms});
    log.promised.erase(base.value);
}

// Counts a batch in at the log's end.
void Replay::take_batch(Log& log, const BatchPlace& place, const std::uint8_t* bytes, std::int64_t time_ms) {
    auto& segment = log.state.segments.back();
    segment.end = place.next;
    segment.size = place.end_position();
    segment.max_timestamp_ms = std::max(segment.max_timestamp_ms, place.max_timestamp_ms);
    log.state.end = place.next;
    const BatchView batch{bytes};
    log.epochs.assign(batch.leader_epoch(), place.base);
    log.producers.add(batch, place.base, time_ms, place.base);
}

Result<void> Replay::apply_start(Log& log, Offset offset) {
    auto& state = log.state;
    if (offset > state.end && state.durability == Durability::page_cache) {
        if (auto done = scan_for_start(log, offset); !done) return done;
    }
    if (offset > state.end) {
        return damaged(
            fmt::format("{} begins at {}, but ends at {}", stem(log, offset), offset.value, state.end.value));
    }
    if (offset <= state.start) return {};
    state.start = offset;
    log.epochs.drop_before(offset);
    std::erase_if(state.segments, [&](const SegmentState& segment) { return segment.end <= offset; });
    const auto first = state.segments.empty() ? state.end : state.segments.front().base;
    std::erase_if(state.repairs, [&](const SegmentRepair& repair) { return repair.base < first; });
    return {};
}

// Finds all there is of a log that begins at `start` by now. The segments before the one that holds it may
// have been removed since.
Result<void> Replay::scan_for_start(Log& log, Offset start) {
    constexpr Offset everything{INT64_MAX};
    auto& state = log.state;
    if (auto done = scan(log, everything); !done) return done;
    if (state.end < start) {
        state.segments.clear();
        state.repairs.clear();
        state.end = std::max(state.end, topics_.last_base(state.key, start).value_or(start));
        if (auto done = scan(log, everything); !done) return done;
    }
    log.scanned = state.end;
    state.end = std::max(state.end, start);  // what was there has gone with the page cache
    return {};
}

// The segments were synced before the cut, and nothing that came later went past the journal.
Result<void> Replay::apply_cut(Log& log, ByteView data) {
    auto state = decode_log(data);
    if (!state) return state.error();
    // What the state names was synced by then: the journal's batches of before are of no use any more.
    log.state.repairs.clear();
    log.scanned = {};
    log.doubt.reset();
    log.promised.clear();
    for (const auto& segment : state->segments) log.promised[segment.base.value] = segment.size;
    log.epochs = EpochTable{std::move(state->epochs)};
    log.producers = {};
    for (auto& producer : state->producers) log.producers.restore(std::move(producer));
    log.state.start = state->start;
    log.state.end = state->end;
    log.state.segments = std::move(state->segments);
    log.state.durability = Durability::journal;
    log.state.cut = true;
    const auto from = log.state.segments.empty() ? Offset{0} : log.state.segments.back().base;
    return topics_.remove_indexes(files_, log.state.key, from);
}

// What was known of it before, and what the segments' sizes say.
std::optional<Damage> Replay::find_damage(const Log& log) const {
    std::optional<Damage> damage;
    const auto add = [&](Offset first, Offset until, const std::string& what) {
        const Damage found{.first = first, .until = until, .what = what};
        damage = damage ? merged(*damage, found) : found;
    };
    if (const auto path = topics_.damage_file(log.state.key)) {
        const auto content = runtime::read_file(files_, *path, largest_damage_file);
        damage = decode_damage(content ? ByteView{*content} : ByteView{});
    }
    if (log.doubt) add(log.state.start, Offset{INT64_MAX}, log.doubt->message);
    for (const auto& segment : log.state.segments) {
        const auto kept = check_promise(log, segment);
        if (!kept) add(segment.base, segment.end, kept.error().message);
    }
    return damage;
}

Result<void> Replay::check_promise(const Log& log, const SegmentState& segment) const {
    const auto promise = log.promised.find(segment.base.value);
    if (promise == log.promised.end()) return {};
    const auto* file = topics_.find(log.state.key, segment.base);
    if (file != nullptr && file->size >= promise->second) return {};
    return damaged(
        fmt::format("{}.log is {}, but the checkpoint knows {} bytes of it", stem(log, segment.base),
                    file == nullptr ? "missing" : fmt::format("{} bytes long", file->size), promise->second));
}

Result<void> Replay::scan_unlogged() {
    for (auto& [key, log] : logs_) {
        if (log.state.durability != Durability::page_cache) continue;
        auto done = scan(log, Offset{INT64_MAX});
        if (!done && done.error().code != Errc::corrupt) return done;
        if (!done && !log.doubt) log.doubt = done.error();
    }
    return {};
}

// Takes the whole batches that lie behind the log's end and begin before `limit`, in the last segment and in
// those that follow. Files that end where the log does are not opened.
Result<void> Replay::scan(Log& log, Offset limit) {
    if (!log.state.segments.empty()) {
        const auto& last = log.state.segments.back();
        if (auto done = check_promise(log, last); !done) return done;
        const auto* file = topics_.find(log.state.key, last.base);
        if (file != nullptr && file->size > last.size) {
            if (auto found = scan_segment(log, last.size, limit); !found) return found.error();
        }
    }
    while (log.state.end < limit && topics_.find(log.state.key, log.state.end) != nullptr) {
        begin_segment(log, log.state.end, 0);
        const auto found = scan_segment(log, 0, limit);
        if (!found) return found.error();
        if (*found) continue;
        log.state.segments.pop_back();
        return {};
    }
    return {};
}

// False if there is no whole batch.
Result<bool> Replay::scan_segment(Log& log, std::uint64_t from, Offset limit) {
    auto file = files_.open(stem(log, log.state.segments.back().base) + ".log", runtime::OpenMode::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    SegmentReader reader{**file, from, *size};
    bool any = false;
    while (log.state.end < limit) {
        const auto batch = reader.next();
        if (!batch) return batch.error();
        if (!*batch || (*batch)->place.base != log.state.end) return any;
        take_batch(log, (*batch)->place, (*batch)->bytes.data(), (*batch)->place.max_timestamp_ms);
        (void)repair_of_last(log);  // not known to be synced
        if (log.state.segments.back().created_ms == 0) {
            log.state.segments.back().created_ms =
                std::max<std::int64_t>((*batch)->place.max_timestamp_ms, 1);
        }
        any = true;
    }
    return any;
}

// A file that is longer is cut; one that is shorter, or not there, is for the segment's repair.
Result<void> Replay::tidy(const Log& log, const SegmentState& segment) {
    auto* file = topics_.want(log.state.key, segment.base);
    if (file == nullptr) return {};
    const auto path = stem(log, segment.base);
    // An index without its segment tells of one that is gone.
    if (!file->has_log) return files_.remove(path + ".index");
    const bool scanned =
        log.state.durability == Durability::page_cache && &segment == &log.state.segments.back();
    if (file->has_index && (scanned || file->size > segment.size))
        trim_index(files_, path + ".index", segment.base, segment.size);
    if (file->size <= segment.size) return {};
    auto opened = files_.open(path + ".log", runtime::OpenMode::write);
    if (!opened) return opened.error();
    if (auto done = (*opened)->truncate(segment.size); !done) return done;
    return {};
}

Result<UnwantedFiles> Replay::tidy() {
    for (auto& [key, log] : logs_) {
        log.state.damage = find_damage(log);
        if (log.state.damage) {
            topics_.want_all(key);
            continue;
        }
        for (const auto& segment : log.state.segments) {
            if (auto done = tidy(log, segment); !done) return done.error();
        }
    }
    // A segment that was begun and not committed, be it a log's first: the next batch begins it anew.
    return topics_.take_unwanted(files_, [&](const LogKey& key, Offset base) {
        const auto log = logs_.find(key);
        return log == logs_.end() ? !removed_.contains(key) : base >= log->second.state.end;
    });
}

std::vector<LogState> Replay::take_logs() {
    std::vector<LogState> states;
    states.reserve(logs_.size());
    for (auto& [key, log] : logs_) {
        states.push_back(std::move(log.state));
        states.back().epochs = log.epochs.rows();
        states.back().producers = log.producers.snapshot(states.back().end);
    }
    return states;
}

std::vector<RemovedLog> Replay::removed() const {
    std::vector<RemovedLog> all;
    for (const auto& [key, sequence] : removed_) all.push_back({key, sequence});
    return all;
}

}  // namespace weir::log
