// The journal's entries, applied to logs and segment files.
#include "log/replay.hpp"

#include "base/log_line.hpp"
#include "log/layout.hpp"
#include "log/segment_reader.hpp"

namespace weir::log {

namespace {

// Of rounds, before their batches are written. Each time costs an open and two half pages for every
// partition, so that less is slower with many partitions: 10,000 of them are opened once for a checkpoint's
// worth of journal.
constexpr std::uint64_t most_held = std::uint64_t{256} << 20;

Error damaged(const std::string& what) {
    return {Errc::corrupt,
            what +
                ". Restore the data directory from a backup or a replica; starting anyway would lose "
                "acknowledged records"};
}

}  // namespace

Replay::Replay(runtime::FileSystem& files, TopicFiles& topics, Checkpoint checkpoint)
    : files_(files), topics_(topics) {
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

Result<void> Replay::apply(JournalRound round) {
    held_bytes_ += round.payload.size();
    held_.push_back(std::move(round));
    const auto& held = held_.back();
    auto done = for_each_entry(held.header, held.payload,
                               [&](const JournalEntry& entry) { return apply_entry(held, entry); });
    if (!done) return done;
    return held_bytes_ > most_held ? flush() : Result<void>{};
}

Result<void> Replay::apply_entry(const JournalRound& round, const JournalEntry& entry) {
    const auto sequence = round.header.sequence;
    if (const auto gone = removed_.find(entry.key); gone != removed_.end() && gone->second >= sequence)
        return {};
    auto found = logs_.find(entry.key);
    if (found != logs_.end() && found->second.state.applied >= sequence) return {};
    if (entry.type == EntryType::removal) {
        if (found != logs_.end()) {
            if (auto done = write_queued(found->second); !done) return done;
            logs_.erase(found);
        }
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
        return damaged(
            fmt::format("journal round {} speaks of partition {} of topic {}, which nothing describes",
                        sequence, entry.key.partition.value, entry.key.topic_id.text()));
    }
    auto& log = found->second;
    if (entry.type == EntryType::cut) return apply_cut(log, entry.data);
    if (log.doubt) return {};
    auto done = entry.type == EntryType::start ? apply_start(log, entry.offset)
                                               : apply_batch(log, round.header, entry);
    // Only a cut that follows can explain it, as the files are those of after the cut.
    if (!done && done.error().code == Errc::corrupt) {
        log.doubt = done.error();
        return {};
    }
    return done;
}

Result<void> Replay::apply_batch(Log& log, const RoundHeader& header, const JournalEntry& entry) {
    auto& state = log.state;
    if ((entry.flags & JournalEntry::after_unlogged) != 0 && state.end < entry.offset) {
        if (auto done = scan(log); !done) return done;
    }
    const auto whole = entry.data.size() >= batch_header_size;
    auto place = whole ? place_of(entry.data.data(), 0, entry.data.size()) : std::nullopt;
    const bool first = (entry.flags & JournalEntry::new_segment) != 0;
    if (!place || place->size != entry.data.size() || place->base != entry.offset ||
        state.end != entry.offset || (state.segments.empty() && !first)) {
        return damaged(fmt::format("journal round {} holds offset {} of {}, but the log ends at {}",
                                   header.sequence, entry.offset.value, stem(log, entry.offset),
                                   state.end.value));
    }
    if (first) {
        if (auto done = write_queued(log); !done) return done;
        begin_segment(log, entry.offset, header.time_ms);
    }
    place->position = state.segments.back().size;
    if (log.queued.empty()) waiting_.push_back(state.key);
    log.queued.push_back(entry.data);
    log.queued_bytes += entry.data.size();
    take_batch(log, *place, entry.data.data(), header.time_ms);
    return {};
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
    auto& unsynced = log.state.unsynced;
    if (unsynced.empty() || unsynced.back() != segment.base) unsynced.push_back(segment.base);
}

Result<void> Replay::apply_start(Log& log, Offset offset) {
    auto& state = log.state;
    if (offset > state.end && state.durability == Durability::page_cache) {
        if (auto done = scan(log); !done) return done;
        state.end = std::max(state.end, offset);  // what was there has gone with the page cache
    }
    if (offset > state.end) {
        return damaged(
            fmt::format("{} begins at {}, but ends at {}", stem(log, offset), offset.value, state.end.value));
    }
    if (offset <= state.start) return {};
    if (auto done = write_queued(log); !done) return done;
    state.start = offset;
    log.epochs.drop_before(offset);
    std::erase_if(state.segments, [&](const SegmentState& segment) { return segment.end <= offset; });
    return {};
}

// The segments were synced before the cut, and nothing that came later went past the journal.
Result<void> Replay::apply_cut(Log& log, ByteView data) {
    auto state = decode_log(data);
    if (!state) return state.error();
    // Batches of before an earlier cut may have been written over these.
    if (auto done = write_queued(log); !done) return done;
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
    // What was written here may have been written over by older batches first: still to be synced.
    std::erase_if(log.state.unsynced, [&](Offset base) {
        return std::ranges::find(log.state.segments, base, &SegmentState::base) == log.state.segments.end();
    });
    log.state.cut = true;
    const auto from = log.state.segments.empty() ? Offset{0} : log.state.segments.back().base;
    return topics_.remove_indexes(files_, log.state.key, from);
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

Result<void> Replay::write_queued(Log& log) {
    if (log.queued.empty()) return {};
    const auto& segment = log.state.segments.back();
    const auto queued = std::exchange(log.queued, {});
    const auto bytes = std::exchange(log.queued_bytes, 0);
    // A segment that is not as it was may have gone since, as the journal may yet tell; if not, tidy()
    // objects.
    if (!check_promise(log, segment)) return {};
    const auto path = stem(log, segment.base) + ".log";
    auto file = files_.open(path, runtime::OpenMode::create);
    if (!file && file.error().code == Errc::not_found) {
        if (auto done = files_.make_directories(path.substr(0, path.rfind('/'))); !done) return done;
        file = files_.open(path, runtime::OpenMode::create);
    }
    if (!file) return file.error();
    if (auto done = (*file)->write(segment.size - bytes, queued); !done) return done;
    topics_.note(log.state.key, log.state.label, segment.base, segment.size);
    return {};
}

Result<void> Replay::flush() {
    for (const auto& key : waiting_) {
        const auto log = logs_.find(key);
        if (log == logs_.end()) continue;
        if (auto done = write_queued(log->second); !done) return done;
    }
    waiting_.clear();
    held_.clear();
    held_bytes_ = 0;
    return {};
}

Result<void> Replay::scan_unlogged() {
    for (auto& [key, log] : logs_) {
        if (log.state.durability != Durability::page_cache) continue;
        if (auto done = scan(log); !done) return done;
    }
    return {};
}

// Takes the whole batches that lie behind the log's end, in the last segment and in those that follow.
Result<void> Replay::scan(Log& log) {
    if (auto done = write_queued(log); !done) return done;
    if (!log.state.segments.empty()) {
        const auto& last = log.state.segments.back();
        if (auto done = check_promise(log, last); !done) return done;
        auto found = scan_segment(log, last.size);
        if (!found) return found.error();
    }
    while (topics_.find(log.state.key, log.state.end) != nullptr) {
        begin_segment(log, log.state.end, 0);
        const auto found = scan_segment(log, 0);
        if (!found) return found.error();
        if (*found) continue;
        log.state.segments.pop_back();
        return {};
    }
    return {};
}

// False if there is no whole batch.
Result<bool> Replay::scan_segment(Log& log, std::uint64_t from) {
    auto file = files_.open(stem(log, log.state.segments.back().base) + ".log", runtime::OpenMode::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    SegmentReader reader{**file, from, *size};
    bool any = false;
    for (;;) {
        const auto batch = reader.next();
        if (!batch) return batch.error();
        if (!*batch || (*batch)->place.base != log.state.end) return any;
        take_batch(log, (*batch)->place, (*batch)->bytes.data(), (*batch)->place.max_timestamp_ms);
        if (log.state.segments.back().created_ms == 0) {
            log.state.segments.back().created_ms =
                std::max<std::int64_t>((*batch)->place.max_timestamp_ms, 1);
        }
        any = true;
    }
}

Result<void> Replay::tidy() {
    for (auto& [key, log] : logs_) {
        if (log.doubt) return *log.doubt;
        for (const auto& segment : log.state.segments) {
            if (auto done = check_promise(log, segment); !done) return done;
            auto* file = topics_.find(key, segment.base);
            if (file == nullptr) return damaged(stem(log, segment.base) + ".log is missing");
            file->wanted = true;
            const bool scanned =
                log.state.durability == Durability::page_cache && &segment == &log.state.segments.back();
            if (file->has_index && (scanned || file->size != segment.size))
                trim_index(files_, stem(log, segment.base) + ".index", segment.base, segment.size);
            if (file->size == segment.size) continue;
            auto opened = files_.open(stem(log, segment.base) + ".log", runtime::OpenMode::write);
            if (!opened) return opened.error();
            if (auto done = (*opened)->truncate(segment.size); !done) return done;
        }
    }
    const auto removed = topics_.remove_unwanted(files_);
    if (!removed) return removed.error();
    if (*removed > 0) log_info("recovery removed {} segments that belong to no partition", *removed);
    return {};
}

std::vector<LogState> Replay::logs() const {
    std::vector<LogState> states;
    states.reserve(logs_.size());
    for (const auto& [key, log] : logs_) {
        states.push_back(log.state);
        states.back().epochs = log.epochs.rows();
        states.back().producers = log.producers.snapshot(log.state.end);
    }
    return states;
}

std::vector<RemovedLog> Replay::removed() const {
    std::vector<RemovedLog> all;
    for (const auto& [key, sequence] : removed_) all.push_back({key, sequence});
    return all;
}

}  // namespace weir::log
