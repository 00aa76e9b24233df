// A follower's side of one partition's log: batches taken over as they are, and the end cut off where the
// leader's log differs.
#include "log/checkpoint.hpp"
#include "log/partition.hpp"

namespace weir::log {

namespace {

constexpr std::uint64_t searched_bytes = std::uint64_t{1} << 30;  // for what producers wrote before a cut

Error cutting() {
    return {Errc::busy, "the log is being cut; try again once that is durable"};
}

// The batches that `bytes` are made of, each whole and sound, without gaps.
Result<std::vector<ByteSpan>> split(ByteSpan bytes) {
    std::vector<ByteSpan> batches;
    while (!bytes.empty()) {
        const auto place =
            bytes.size() < batch_header_size ? std::nullopt : place_of(bytes.data(), 0, bytes.size());
        if (!place) return Error{Errc::corrupt, "a follower was sent something that is no whole batch"};
        const auto batch = bytes.first(place->size);
        if (auto sound = validate(batch); !sound) return sound.error();
        const bool follows = batches.empty() || BatchView{batches.back().data()}.next_offset() == place->base;
        if (!follows) return Error{Errc::corrupt, "a follower was sent batches that leave a gap"};
        batches.push_back(batch);
        bytes = bytes.subspan(place->size);
    }
    if (batches.empty()) return Error{Errc::invalid_argument, "there are no batches to append"};
    return batches;
}

}  // namespace

Result<Appended> Partition::append_as_follower(SharedSpan batches, std::int64_t now_ms) {
    const auto parts = split(batches.bytes);
    if (!parts) return parts.error();
    const Lock lock{mutex_};
    if (auto writable = check_writable(); !writable) return writable.error();
    if (cutting_) return cutting();
    const Offset base = BatchView{parts->front().data()}.base_offset();
    if (base != end()) {
        return Error{
            Errc::offset_out_of_range,
            fmt::format("the log ends at {}, the leader's batch begins at {}", end().value, base.value)};
    }
    auto epoch = epochs_.rows().empty() ? no_epoch : epochs_.rows().back().epoch;
    for (const auto& part : *parts) {
        const auto next = BatchView{part.data()}.leader_epoch();
        if (next < epoch) {
            return Error{
                Errc::fenced_leader_epoch,
                fmt::format("a batch of leader epoch {} behind one of epoch {}", next.value, epoch.value)};
        }
        epoch = next;
    }
    Appended appended{.base_offset = base, .log_start = log_start()};
    std::vector<PendingEntry> entries;
    entries.reserve(parts->size());
    for (const auto& part : *parts) entries.push_back(take_batch({batches.owner, part}, now_ms));
    appended.ticket = context_.queue.push(entries);
    return appended;
}

// The caller holds the lock.
PendingEntry Partition::take_batch(SharedSpan batch, std::int64_t now_ms) {
    const BatchView view{batch.bytes.data()};
    producers_.add(view, view.base_offset(), now_ms, durable_end());
    epochs_.assign(view.leader_epoch(), view.base_offset());
    end_.store(view.next_offset().value, std::memory_order_release);
    PendingEntry entry;
    entry.log = shared_from_this();
    entry.offset = view.base_offset();
    entry.batch = std::move(batch);
    entry.generation = generation_;
    return entry;
}

Result<Ticket> Partition::truncate_to(Offset offset) {
    const Lock lock{mutex_};
    if (offset < Offset{0} || offset > end()) {
        return Error{Errc::offset_out_of_range,
                     fmt::format("a log that ends at {} can't be cut at {}", end().value, offset.value)};
    }
    if (offset == end() && !cutting_) return context_.queue.latest();  // there is nothing to cut
    return push_cut(PendingKind::cut, offset);
}

Result<Ticket> Partition::reset_to(Offset offset) {
    const Lock lock{mutex_};
    if (offset < Offset{0}) return Error{Errc::offset_out_of_range, "a log can't begin below 0"};
    return push_cut(PendingKind::reset, offset);
}

// The caller holds the lock.
Result<Ticket> Partition::push_cut(PendingKind kind, Offset offset) {
    if (auto writable = check_writable(); !writable) return writable.error();
    if (cutting_ || end() != durable_end()) return cutting();
    cutting_ = true;
    PendingEntry entry;
    entry.log = shared_from_this();
    entry.offset = offset;
    entry.generation = generation_;
    entry.kind = kind;
    return context_.queue.push(std::move(entry));
}

LeaderEpoch Partition::last_epoch() const {
    const Lock lock{mutex_};
    return epochs_.last_before(durable_end());
}

// Nobody else touches the segments' ends now: what can't be read of them is damaged.
Error Partition::suspect_cut(const Error& error) {
    if (error.code != Errc::corrupt && error.code != Errc::not_found) return error;
    {
        const Lock lock{mutex_};
        (void)add_damage({.first = log_start(), .until = durable_end(), .what = error.message});
    }
    save_damage();
    return {Errc::io_error, error.message};
}

// What the log will be after the cut; its segments' bytes are synced then, so that the journal need not
// speak of what came before. `start`: where the log begins by then.
Result<void> Partition::plan_cut(const PendingEntry& entry, Offset start) {
    LogState state{.key = key_, .label = label_, .start = start};
    Cut cut;
    std::vector<std::shared_ptr<Segment>> kept;
    {
        const Lock lock{mutex_};
        if (entry.kind == PendingKind::cut && entry.offset > start) {
            const auto stays = [&](const auto& s) {
                return s->base() < entry.offset && s->state().end > start;
            };
            std::ranges::copy_if(segments_, std::back_inserter(kept), stays);
        }
        cut.epochs = epochs_;
        cut.producers = producers_;
    }
    Offset end = entry.offset;
    if (!kept.empty() && kept.back()->state().end > end) {
        auto point = kept.back()->boundary(end);
        if (!point) return point.error();
        end = point->offset;
        if (end == kept.back()->base()) {
            kept.pop_back();
        } else {
            cut.end = *point;
        }
    }
    if (end <= start) {
        kept.clear();
        cut.end.reset();
    }
    if (kept.empty()) state.start = end < start && entry.offset > start ? start : end;
    state.end = kept.empty() ? state.start : end;
    if (auto done = finish_plan(cut, state, kept); !done) return done;
    cut_ = std::move(cut);
    return {};
}

Result<void> Partition::finish_plan(Cut& cut, LogState& state,
                                    std::span<const std::shared_ptr<Segment>> kept) {
    for (const auto& segment : kept) {
        if (auto done = segment->sync(); !done) return done;
        state.segments.push_back(segment->state());
    }
    if (kept.empty()) {
        cut.epochs = {};
        cut.producers = {};
    } else {
        const auto shortened = cut.producers.shortened_by(state.end);
        cut.epochs.truncate_from(state.end);
        cut.producers.truncate_from(state.end);
        if (auto done = find_again(shortened, cut.producers, state.end, kept); !done) return done;
    }
    if (cut.end) {
        auto& last = state.segments.back();
        last.end = cut.end->offset;
        last.size = cut.end->position;
        last.max_timestamp_ms = cut.end->max_timestamp_ms;
    }
    if (!kept.empty()) {
        if (auto done = context_.files.sync_directory(folder_); !done) return done;
        if (auto done = context_.files.sync_directory(context_.topics_directory); !done) return done;
    }
    state.epochs = cut.epochs.rows();
    state.producers = cut.producers.snapshot(state.end);
    cut.state = std::move(state);
    cut.encoded = encode_log(cut.state);
    return {};
}

// Looks for the last batches of `ids` before `end`, which the table no longer holds, in the last segments.
Result<void> Partition::find_again(std::span<const ProducerId> ids, ProducerTable& producers, Offset end,
                                   std::span<const std::shared_ptr<Segment>> segments) {
    if (ids.empty()) return {};
    ProducerTable found;
    std::size_t count = 0;
    for (std::uint64_t bytes = 0; count < segments.size() && bytes < searched_bytes; ++count) {
        bytes += segments[segments.size() - 1 - count]->state().size;
    }
    for (const auto& segment : segments.last(count)) {
        auto file = context_.files.open(stem(segment->base()) + ".log", runtime::OpenMode::read);
        if (!file) return file.error();
        BatchWalker walker{**file, 0, segment->base(), segment->state().size, walk_bytes};
        for (;;) {
            const auto batch = walker.next();
            if (!batch) return batch.error();
            if (!*batch || (*batch)->base >= end) break;
            const auto view = walker.view();
            if (std::ranges::find(ids, view.producer_id()) == ids.end()) continue;
            found.add(view, view.base_offset(), view.max_timestamp(), end);
        }
    }
    for (auto& producer : found.snapshot(end)) producers.restore(std::move(producer));
    return {};
}

// The caller holds the lock; the journal has the cut.
void Partition::apply_cut() {
    const auto cut = std::move(*cut_);
    cut_.reset();
    cutting_ = false;
    ++cuts_;
    const auto& kept = cut.state.segments;
    if (kept.empty()) set_damage({});
    while (!segments_.empty() && (kept.empty() || segments_.back()->base() > kept.back().base)) {
        std::erase(dirty_, segments_.back());
        for (const auto& path : segments_.back()->drop()) (void)context_.files.remove(path);
        segments_.pop_back();
    }
    if (cut.end) segments_.back()->cut(*cut.end);
    std::uint64_t bytes = 0;
    for (const auto& segment : segments_) bytes += segment->state().size;
    size_.store(bytes, std::memory_order_relaxed);
    context_.note_directory(folder_);
    epochs_ = cut.epochs;
    producers_ = cut.producers;
    start_.store(cut.state.start.value, std::memory_order_release);
    durable_end_.store(cut.state.end.value, std::memory_order_release);
    end_.store(cut.state.end.value, std::memory_order_release);
    active_ = segments_.empty() ? nullptr : segments_.back();
    unlogged_tail_ = false;
    // One that is being made now may not know of the cut.
    logged_until_ = context_.checkpoints.load() + 2;
}

}  // namespace weir::log
