// The committing thread's side of one partition's log: segments written, journal entries, published or taken
// back.
#include "base/assert.hpp"
#include "log/journal_writer.hpp"
#include "log/layout.hpp"
#include "log/partition.hpp"

namespace weir::log {

namespace {

constexpr std::int64_t widest_segment = std::int64_t{1} << 32;  // offsets in one segment

template <class Entries, class Do>
void for_share(Entries entries, std::uint32_t first, Do&& visit) {
    for (auto i = first; i != PendingEntry::none; i = entries[i].next_of_log) visit(entries[i]);
}

}  // namespace

Result<void> Partition::write(std::span<PendingEntry> entries, std::uint32_t first, std::int64_t now_ms) {
    LogConfig config;
    {
        const Lock lock{mutex_};
        config = config_;
        for_share(entries, first, [&](PendingEntry& entry) {
            entry.failed = entry.generation != generation_ && entry.kind != PendingKind::removal;
            if (entry.failed && entry.cuts()) cutting_ = false;
        });
    }
    // What was cut off is still in the journal, and would be written over what skips it.
    mode_ = context_.checkpoints < logged_until_ ? Durability::journal : config.durability;
    describing_ = false;
    parts_.clear();
    begun_.clear();
    std::uint64_t bytes = 0;
    Offset start = log_start();
    for (auto i = first; i != PendingEntry::none; i = entries[i].next_of_log) {
        auto& entry = entries[i];
        if (!entry.failed && entry.kind == PendingKind::start) start = std::max(start, entry.offset);
        if (!entry.failed && entry.cuts()) {
            if (auto done = plan_cut(entry, start); !done) return suspect_cut(done.error());
        }
        if (entry.failed || entry.kind != PendingKind::batch) continue;
        const BatchView batch{entry.batch.bytes.data()};
        if (!active_ || must_roll(config, active_->written() + bytes, batch, now_ms)) {
            if (auto done = write_parts(bytes); !done) return done;
            auto begun = new_segment(entry.offset, now_ms);
            if (!begun) return begun.error();
            active_ = std::move(*begun);
            begun_.push_back(active_);
            entry.new_segment = true;
        }
        entry.place = {.base = entry.offset,
                       .next = batch.next_offset(),
                       .position = active_->written() + bytes,
                       .size = entry.batch.bytes.size(),
                       .max_timestamp_ms = batch.max_timestamp()};
        parts_.push_back(entry.batch.bytes);
        bytes += entry.batch.bytes.size();
    }
    return write_parts(bytes);
}

bool Partition::must_roll(const LogConfig& config, std::uint64_t position, const BatchView& batch,
                          std::int64_t now_ms) const {
    const auto size = static_cast<std::int64_t>(position + batch.size());
    return (position > 0 && size > config.segment_bytes) ||
           now_ms - active_->created_ms() > config.segment_ms ||
           batch.next_offset() - active_->base() > widest_segment;
}

Result<void> Partition::write_parts(std::uint64_t& bytes) {
    if (parts_.empty()) return {};
    auto done = active_->write(parts_, bytes);
    parts_.clear();
    bytes = 0;
    return done;
}

Result<std::shared_ptr<Segment>> Partition::new_segment(Offset base, std::int64_t now_ms) {
    if (logged_until_ > 0) context_.spare(std::array{stem(base) + ".log", stem(base) + ".index"});
    auto segment = std::make_shared<Segment>(context_.open_files, context_.files, stem(base),
                                             SegmentState{.base = base, .end = base, .created_ms = now_ms});
    auto created = segment->create();
    if (!created && created.error().code == Errc::not_found) {
        if (auto done = context_.files.make_directories(folder_); !done) return done.error();
        context_.note_directory(context_.topics_directory);
        created = segment->create();
    }
    if (!created) return created.error();
    context_.note_directory(folder_);
    return segment;
}

// Batches that went past the journal are synced before the journal speaks of what follows them.
Result<void> Partition::sync_unlogged() {
    std::vector<std::shared_ptr<Segment>> dirty;
    {
        const Lock lock{mutex_};
        dirty = dirty_;
    }
    for (const auto& segment : dirty) {
        if (auto done = segment->sync(); !done) return done;
    }
    if (auto done = context_.files.sync_directory(folder_); !done) return done;
    return context_.files.sync_directory(context_.topics_directory);
}

// Batches bring a change of durability with them; anything else leaves what is known of the tail.
bool Partition::must_describe(bool has_batch) const {
    return !described_ || (has_batch && described_ != mode_);
}

Result<bool> Partition::log_entries(JournalWriter& journal, std::span<const PendingEntry> entries,
                                    std::uint32_t first) {
    bool logged = false;
    const auto add = [&](EntryType type, std::uint8_t flags, Offset offset, ByteView data) {
        journal.add({.type = type, .flags = flags, .key = key_, .offset = offset, .data = data});
        logged = true;
    };
    bool has_batch = false;
    bool alive = false;
    for_share(entries, first, [&](const PendingEntry& entry) {
        alive |= !entry.failed;
        has_batch |= !entry.failed && entry.kind == PendingKind::batch;
    });
    if (!alive) return false;
    if (must_describe(has_batch)) {
        Bytes description;
        put_description(description, {label_, mode_});
        add(EntryType::description, 0, Offset{0}, description);
        describing_ = true;
    }
    std::uint8_t flags = 0;
    if (has_batch && mode_ == Durability::journal && unlogged_tail_) {
        if (auto done = sync_unlogged(); !done) return done.error();
        flags = JournalEntry::after_unlogged;
    }
    for_share(entries, first, [&](const PendingEntry& entry) {
        if (entry.failed || entry.kind != PendingKind::batch || mode_ != Durability::journal) return;
        if (entry.new_segment) flags |= JournalEntry::new_segment;
        add(EntryType::batch, flags, entry.offset, entry.batch.bytes);
        flags = 0;
    });
    // Behind the batches, as publish() does it: which segments go depends on what they hold.
    for_share(entries, first, [&](const PendingEntry& entry) {
        if (entry.failed) return;
        if (entry.kind == PendingKind::start) add(EntryType::start, 0, entry.offset, {});
        if (entry.cuts()) add(EntryType::cut, 0, cut_->state.end, cut_->encoded);
        if (entry.kind == PendingKind::removal) add(EntryType::removal, 0, Offset{0}, {});
    });
    return logged;
}

void Partition::publish(std::span<PendingEntry> entries, std::uint32_t first,
                        std::uint64_t journal_sequence) {
    std::vector<std::shared_ptr<Segment>> full;
    bool is_mended = false;
    {
        const Lock lock{mutex_};
        if (describing_) described_ = mode_;
        applied_ = journal_sequence;
        refusing_.reset();
        auto begun = begun_.begin();
        std::uint64_t bytes = 0;
        Offset start = log_start();
        const auto flush = [&] {
            if (places_.empty()) return;
            const auto& segment = segments_.back();
            segment->publish(places_);
            durable_end_.store(places_.back().next.value, std::memory_order_release);
            if (dirty_.empty() || dirty_.back() != segment) dirty_.push_back(segment);
            places_.clear();
        };
        for_share(entries, first, [&](const PendingEntry& entry) {
            if (entry.failed) return;
            history_ = true;
            if (entry.kind == PendingKind::start) start = std::max(start, entry.offset);
            if (entry.kind != PendingKind::batch) return;
            if (entry.new_segment) {
                flush();
                if (!segments_.empty()) full.push_back(segments_.back());
                segments_.push_back(*begun++);
            }
            places_.push_back(entry.place);
            bytes += entry.place.size;
            unlogged_tail_ = mode_ != Durability::journal;
        });
        flush();
        size_.fetch_add(bytes, std::memory_order_relaxed);
        if (start > log_start()) apply_start(start);
        const bool was_damaged = damage_.has_value();
        if (cut_) apply_cut();
        is_mended = was_damaged && !damage_;
    }
    if (is_mended) save_damage();
    begun_.clear();
    for (const auto& segment : full) segment->seal();
}

// The caller holds the lock. All that was written has been published.
void Partition::apply_start(Offset offset) {
    start_.store(offset.value, std::memory_order_release);
    epochs_.drop_before(offset);
    std::uint64_t bytes = 0;
    const auto first_kept =
        std::ranges::find_if(segments_, [&](const auto& s) { return s->state().end > offset; });
    for (auto it = segments_.begin(); it != first_kept; ++it) {
        bytes += (*it)->state().size;
        std::erase(dirty_, *it);
        context_.doom((*it)->drop());
    }
    segments_.erase(segments_.begin(), first_kept);
    size_.fetch_sub(bytes, std::memory_order_relaxed);
    if (segments_.empty()) active_.reset();
}

void Partition::roll_back(std::span<PendingEntry> entries, std::uint32_t first, const Error& error) {
    Offset round_end = durable_end();
    bool cuts = false;
    for_share(entries, first, [&](PendingEntry& entry) {
        if (!entry.failed && entry.kind == PendingKind::batch) {
            round_end = BatchView{entry.batch.bytes.data()}.next_offset();
        }
        cuts |= entry.cuts();
        entry.failed = true;
    });
    for (const auto& segment : begun_) {
        for (const auto& path : segment->drop()) (void)context_.files.remove(path);
    }
    begun_.clear();
    const Lock lock{mutex_};
    active_ = segments_.empty() || damage_ ? nullptr : segments_.back();
    if (active_) active_->take_back();
    last_error_ = error;
    ++generation_;
    if (cuts) cutting_ = false;
    cut_.reset();
    refusing_.reset();
    if (round_end < end()) refusing_ = error;  // later ones wait in the queue: the next round reports them
    end_.store(durable_end().value, std::memory_order_release);
    producers_.truncate_from(durable_end());
    epochs_.truncate_from(durable_end());
}

Error Partition::last_error() const {
    const Lock lock{mutex_};
    return last_error_;
}

LogState Partition::capture(std::vector<std::shared_ptr<Segment>>& dirty) {
    const Lock lock{mutex_};
    LogState state{.key = key_,
                   .label = label_,
                   .durability = unlogged_tail_ ? Durability::page_cache : Durability::journal,
                   .start = log_start(),
                   .end = durable_end(),
                   .applied = applied_,
                   .segments = {},
                   .epochs = epochs_.rows(),
                   .producers = producers_.snapshot(durable_end()),
                   .repairs = {}};
    std::erase_if(state.epochs, [&](const EpochStart& row) { return row.start >= state.end; });
    for (const auto& segment : segments_) state.segments.push_back(segment->state());
    dirty.insert(dirty.end(), dirty_.begin(), dirty_.end());
    dirty_.clear();
    return state;
}

Result<void> Partition::repair() {
    std::vector<std::shared_ptr<Segment>> dirty;
    {
        const Lock lock{mutex_};
        dirty = dirty_;
    }
    for (const auto& segment : dirty) {
        if (auto done = segment->repair(); !done) return done;
    }
    return {};
}

void Partition::give_back(const std::vector<std::shared_ptr<Segment>>& dirty) {
    const Lock lock{mutex_};
    for (const auto& segment : dirty) {
        const auto in = [&](const auto& list) { return std::ranges::find(list, segment) != list.end(); };
        if (in(segments_) && !in(dirty_)) dirty_.push_back(segment);
    }
}

}  // namespace weir::log
