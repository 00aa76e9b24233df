// Reading, writing and indexing one segment file.
#include "log/segment.hpp"

#include "base/log_line.hpp"

namespace weir::log {

namespace {

constexpr std::size_t step_chunk = 4 * 1024;   // for a few steps from a known boundary
constexpr std::size_t scan_chunk = 64 * 1024;  // for a whole stretch
// The disk is handed so much at once when a segment is synced: commits wait behind it.
constexpr std::uint64_t write_back_bytes = std::uint64_t{1} << 20;

}  // namespace

Segment::Segment(OpenFiles& open_files, runtime::FileSystem& files, std::string stem,
                 const SegmentState& state)
    : open_files_(open_files),
      files_(files),
      stem_(std::move(stem)),
      base_(state.base),
      written_(state.size),
      synced_(state.size),
      state_(state),
      own_from_(state.size) {
    if (state.size == 0) index_ = std::make_shared<SegmentIndex>(base_);
}

void Segment::set_repair(SegmentRepair repair) {
    repair_ = std::make_unique<SegmentRepair>(std::move(repair));
}

Result<void> Segment::repair() {
    const Lock lock{mutex_};
    return repair_locked();
}

Result<void> Segment::repair_locked() {
    if (!repair_) return {};
    if (auto done = repair_->run(files_, stem_); !done) return done;
    repair_.reset();
    return {};
}

Result<void> Segment::create() {
    auto file = open(runtime::OpenMode::create);
    if (!file) return file.error();
    return (*file)->truncate(0);
}

Result<void> Segment::write(std::span<const ByteView> parts, std::uint64_t bytes) {
    auto file = open();
    if (!file) return file.error();
    if (auto done = (*file)->write(written_, parts); !done) return done;
    written_ += bytes;
    return {};
}

void Segment::take_back() {
    {
        const Lock lock{mutex_};
        written_ = state_.size;
    }
    // If the cut fails, too, the bytes stay behind the end, where nobody reads, and are written over.
    if (auto file = open()) (void)(*file)->truncate(written_);
}

void Segment::publish(std::span<const BatchPlace> batches) {
    if (batches.empty()) return;
    const Lock lock{mutex_};
    for (const auto& batch : batches) {
        state_.max_timestamp_ms = std::max(state_.max_timestamp_ms, batch.max_timestamp_ms);
        if (index_ && index_->end().position == batch.position) index_->add(batch);
    }
    state_.end = batches.back().next;
    state_.size = batches.back().end_position();
    remember({state_.end, state_.size, -1});
}

SegmentState Segment::state() const {
    const Lock lock{mutex_};
    return state_;
}

Result<void> Segment::sync() {
    auto file = open();
    if (!file) return file.error();
    const auto size = state().size;
    for (auto at = synced_.load(); at < size; at += write_back_bytes) {
        if (auto done = (*file)->write_back(at, std::min(write_back_bytes, size - at)); !done)
            die_of(done.error());
    }
    if (auto done = (*file)->sync_data(); !done) die_of(done.error());
    synced_ = size;
    return {};
}

void Segment::die_of(const Error& error) {
    die(fmt::format(
        "{}. What the disk holds is unknown after this; weir stops. Check the disk, then start again: "
        "what was acknowledged is in the journal",
        error.message));
}

void Segment::save_index() {
    std::shared_ptr<SegmentIndex> index;
    SegmentIndex::Unsaved unsaved;
    {
        const Lock lock{mutex_};
        index = index_locked();
        if (!index || dropped_ || index->end().position != state_.size) return;
        unsaved = index->unsaved();
    }
    if (unsaved.bytes.empty()) return;
    auto file = files_.open(stem_ + ".index", runtime::OpenMode::create);
    if (!file || !(*file)->write(unsaved.file_position, unsaved.bytes)) return;
    const Lock lock{mutex_};
    index->saved(unsaved);
    // Cut or dropped meanwhile: these points may have come behind the file's removal, and would be believed
    // of the batches that come next.
    if (dropped_ || index_locked() != index) (void)files_.remove(stem_ + ".index");
}

void Segment::seal() {
    save_index();
    const Lock lock{mutex_};
    sealed_ = true;
    idle_index_ = index_;
    if (const auto entry = handle_.lock()) entry->attachment = index_;
    index_.reset();
}

std::array<std::string, 2> Segment::drop() {
    const Lock lock{mutex_};
    open_files_.forget(handle_);
    repair_.reset();
    dropped_ = true;
    return {stem_ + ".log", stem_ + ".index"};
}

Result<std::shared_ptr<runtime::File>> Segment::open(runtime::OpenMode mode) {
    const Lock lock{mutex_};
    return open_locked(mode);
}

Result<std::shared_ptr<runtime::File>> Segment::open_locked(runtime::OpenMode mode) {
    if (auto done = repair_locked(); !done) return done.error();
    return open_files_.get(handle_, stem_ + ".log", mode);
}

std::shared_ptr<SegmentIndex> Segment::index_locked() const {
    return index_ ? index_ : idle_index_.lock();
}

// Makes sure that the index is in memory, and complete but for what is published meanwhile.
Result<void> Segment::load_index() {
    std::shared_ptr<runtime::File> file;
    std::uint64_t size = 0;
    {
        const Lock lock{mutex_};
        if (index_locked()) return {};
        auto opened = open_locked(runtime::OpenMode::write);
        if (!opened) return opened.error();
        file = std::move(*opened);
        size = state_.size;
    }
    auto built = read_index(*file, size);
    if (!built) return built.error();
    const Lock lock{mutex_};
    if (index_locked()) return {};
    BatchWalker rest{*file, built->end().position, built->end().offset, state_.size, step_chunk};
    for (;;) {
        const auto batch = rest.next();
        if (!batch) return damaged(batch.error());
        if (!*batch) break;
        built->add(**batch);
    }
    auto index = std::make_shared<SegmentIndex>(std::move(*built));
    if (!sealed_) {
        index_ = std::move(index);
        return {};
    }
    // Should the file be closed at this very moment, whoever asks next loads it once more.
    if (const auto entry = handle_.lock()) entry->attachment = index;
    idle_index_ = index;
    return {};
}

// What the index file holds, and for the rest what a scan of the segment finds.
Result<SegmentIndex> Segment::read_index(runtime::File& file, std::uint64_t size) {
    const auto content = runtime::read_file(files_, stem_ + ".index", largest_index_file);
    auto index = SegmentIndex::decode(content ? ByteView{*content} : ByteView{}, base_, size);
    BatchWalker walker{file, index.end().position, index.end().offset, size, scan_chunk};
    for (;;) {
        const auto batch = walker.next();
        if (!batch) return damaged(batch.error());
        if (!*batch) return index;
        index.add(**batch);
    }
}

std::optional<IndexPoint> Segment::remembered(Offset offset) const {
    if (offset == state_.end) return IndexPoint{state_.end, state_.size, -1};
    if (offset == base_) return IndexPoint{base_, 0, -1};
    for (const auto& point : recent_) {
        if (point.offset == offset && point.position != 0) return point;
    }
    return std::nullopt;
}

void Segment::remember(const IndexPoint& point) {
    for (const auto& known : recent_) {
        if (known.position == point.position) return;
    }
    recent_[next_recent_] = point;
    next_recent_ = (next_recent_ + 1) % recent_.size();
}

// The boundary of the batch that holds `offset`, walking from a boundary before it.
Result<IndexPoint> Segment::walk_to(runtime::File& file, IndexPoint from, Offset offset,
                                    std::uint64_t end) const {
    if (from.offset == offset) return from;
    BatchWalker walker{file, from.position, from.offset, end, step_chunk};
    for (;;) {
        const auto batch = walker.next();
        if (!batch) return damaged(batch.error());
        if (!*batch) return from;
        from = {(*batch)->base, (*batch)->position, -1};
        if ((*batch)->next > offset) return from;
    }
}

Error Segment::damaged(const Error& error) const {
    return {error.code, stem_ + ".log: " + error.message};
}

Result<SegmentRange> Segment::read(Offset from, Offset limit, std::uint64_t max_bytes, bool any_first) {
    Lock lock{mutex_};
    auto opened = open_locked(runtime::OpenMode::write);
    if (!opened) return opened.error();
    SegmentRange range{.file = std::move(*opened), .from = {}, .to = {}};
    const auto size = state_.size;
    auto start = remembered(from);
    const auto stop = remembered(std::min(limit, state_.end));
    lock.unlock();
    const bool whole = start && stop && stop->position - start->position <= max_bytes;
    if (!whole) {
        if (auto loaded = load_index(); !loaded) return loaded.error();
    }
    if (!start) {
        auto found = walk_to(*range.file, index_floor(from, size), from, size);
        if (!found) return found.error();
        start = *found;
    }
    range.from = range.to = *start;
    const auto cap = max_bytes > size - start->position ? size : start->position + max_bytes;
    if (stop && stop->position <= cap) {
        range.to = *stop;
    } else {
        const auto near = index_floor(limit, cap);
        if (near.position > range.to.position) range.to = near;
        // A point that fills half of what was asked for is near enough; else step on batch by batch.
        if (range.size() == 0 || range.size() < max_bytes / 2) {
            if (auto done = step_on(range, limit, cap, size, any_first); !done) return done.error();
        }
    }
    lock.lock();
    if (range.size() > 0) remember(range.to);
    return range;
}

// The last known boundary at or before both the offset and the position.
IndexPoint Segment::index_floor(Offset offset, std::uint64_t position) const {
    const Lock lock{mutex_};
    const auto index = index_locked();
    if (!index) return {base_, 0, -1};
    const auto& by_offset = index->floor(offset);
    return by_offset.position <= position ? by_offset : index->floor_position(position);
}

Result<void> Segment::step_on(SegmentRange& range, Offset limit, std::uint64_t cap, std::uint64_t size,
                              bool any_first) const {
    BatchWalker walker{*range.file, range.to.position, range.to.offset, size, step_chunk};
    for (;;) {
        const auto batch = walker.next();
        if (!batch) return damaged(batch.error());
        if (!*batch || (*batch)->next > limit) return {};
        if ((*batch)->end_position() > cap && !(any_first && range.size() == 0)) return {};
        range.to = {(*batch)->next, (*batch)->end_position(), -1};
    }
}

Result<SegmentRange> Segment::find_timestamp(std::int64_t timestamp_ms, Offset start, Offset limit) {
    if (auto loaded = load_index(); !loaded) return loaded.error();
    SegmentRange range;
    std::uint64_t size = 0;
    {
        const Lock lock{mutex_};
        auto opened = open_locked(runtime::OpenMode::write);
        if (!opened) return opened.error();
        range.file = std::move(*opened);
        const auto index = index_locked();
        range.from = range.to = index ? index->before_timestamp(timestamp_ms) : IndexPoint{base_, 0, -1};
        size = state_.size;
    }
    BatchWalker walker{*range.file, range.from.position, range.from.offset, size, scan_chunk};
    for (;;) {
        const auto batch = walker.next();
        if (!batch) return damaged(batch.error());
        if (!*batch || (*batch)->next > limit) return range;
        range.from = range.to = {(*batch)->base, (*batch)->position, -1};
        if ((*batch)->max_timestamp_ms < timestamp_ms || (*batch)->next <= start) continue;
        range.to = {(*batch)->next, (*batch)->end_position(), -1};
        return range;
    }
}

}  // namespace weir::log
