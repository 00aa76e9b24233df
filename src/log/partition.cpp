// Appending to one partition's log and reading it.
#include "log/partition.hpp"

#include "base/assert.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::size_t segments_at_once = 4;  // that one read may span
// A batch that does not fit a segment gets one of its own, if it is not larger than this: a queue takes
// messages of 128 MiB, and its segments are smaller, so that their space is freed soon.
constexpr std::int64_t largest_own_segment = std::int64_t{160} << 20;

Error gone() {
    return {Errc::not_found, "the partition's log has been removed"};
}

}  // namespace

Partition::Partition(StoreContext& context, LogState state)
    : context_(context),
      key_(state.key),
      label_(state.label),
      folder_(context.topics_directory + "/" + topic_folder(state.label, state.key.topic_id)),
      epochs_(std::move(state.epochs)),
      applied_(state.applied),
      history_(state.end > Offset{0} || state.damage),
      start_(state.start.value),
      durable_end_(state.end.value),
      end_(state.end.value),
      mode_(state.durability) {
    if (state.end > Offset{0}) described_ = state.durability;
    for (auto& producer : state.producers) producers_.restore(std::move(producer));
    std::uint64_t bytes = 0;
    for (const auto& segment : state.segments) {
        segments_.push_back(
            std::make_shared<Segment>(context_.open_files, context_.files, stem(segment.base), segment));
        if (&segment != &state.segments.back()) segments_.back()->seal();
        bytes += segment.size;
        const auto repair = std::ranges::find(state.repairs, segment.base, &SegmentRepair::base);
        if (repair == state.repairs.end()) continue;
        segments_.back()->set_repair(std::move(*repair));
        dirty_.push_back(segments_.back());
    }
    if (!dirty_.empty() || state.cut) context_.note_directory(folder_);  // a cut removes index files
    unlogged_tail_ = state.durability == Durability::page_cache;
    size_ = bytes;
    set_damage(std::move(state.damage));
    // The last segment's file may not be there, or be shorter than it should: nothing is written behind it.
    if (!segments_.empty() && !damage_) active_ = segments_.back();
    if (state.cut) logged_until_ = 1;
}

std::string Partition::stem(Offset base) const {
    return folder_ + "/" + segment_stem(key_.partition, base);
}

Result<void> Partition::check_writable() const {
    if (removed_) return gone();
    if (context_.stopped) return Error{Errc::shutting_down, "the broker is stopping"};
    if (refusing_) return *refusing_;
    if (context_.space.refuses()) {
        return Error{Errc::no_space, "the broker's disk is full; writes are taken again once there is room"};
    }
    return {};
}

Result<Appended> Partition::append(SharedSpan batch, LeaderEpoch epoch, std::int64_t now_ms) {
    const BatchView view{batch.bytes.data()};
    const Lock lock{mutex_};
    if (auto writable = check_writable(); !writable) return writable.error();
    if (cutting_) return Error{Errc::busy, "the log is being cut; try again once that is durable"};
    const auto largest = std::max(config_.segment_bytes, largest_own_segment);
    if (static_cast<std::int64_t>(batch.bytes.size()) > largest) {
        return Error{Errc::batch_too_large,
                     fmt::format("a batch of {} bytes does not fit a segment of {} bytes", batch.bytes.size(),
                                 largest)};
    }
    const auto& rows = epochs_.rows();
    const auto now = std::max(first_epoch_, rows.empty() ? no_epoch : rows.back().epoch);
    if (epoch < now) {
        return Error{Errc::not_leader,
                     fmt::format("the leader epoch {} is over: it is {} by now", epoch.value, now.value)};
    }
    const auto known = producers_.check(view);
    if (!known) return known.error();
    const Offset durable_end{durable_end_.load(std::memory_order_relaxed)};
    if (*known) {
        // Not before the commit that decides it, should the first one be on its way still.
        const auto first = (*known)->base_offset;
        const auto ticket = first < durable_end ? Ticket{0} : context_.queue.latest();
        return Appended{.base_offset = first,
                        .log_start = log_start(),
                        .ticket = ticket,
                        .duplicate = true,
                        .time_ms = (*known)->timestamp_ms};
    }
    const Offset base{end_.load(std::memory_order_relaxed)};
    set_base_offset(batch.bytes, base);
    set_leader_epoch(batch.bytes, epoch);
    producers_.add(view, base, now_ms, durable_end);
    epochs_.assign(epoch, base);
    end_.store(view.next_offset().value, std::memory_order_release);
    PendingEntry entry;
    entry.log = shared_from_this();
    entry.batch = std::move(batch);
    entry.offset = base;
    entry.generation = generation_;
    return Appended{
        .base_offset = base, .log_start = log_start(), .ticket = context_.queue.push(std::move(entry))};
}

void Partition::fence(LeaderEpoch epoch) {
    const Lock lock{mutex_};
    first_epoch_ = std::max(first_epoch_, epoch);
}

// The segments from the one that holds `from` on.
std::vector<std::shared_ptr<Segment>> Partition::segments_from(Offset from, std::size_t most) const {
    const auto after = std::ranges::upper_bound(segments_, from, {}, [](const auto& s) { return s->base(); });
    const auto first = after == segments_.begin() ? after : std::prev(after);
    const auto count = std::min<std::ptrdiff_t>(segments_.end() - first, static_cast<std::ptrdiff_t>(most));
    return {first, first + count};
}

Result<std::vector<FileRange>> Partition::read(Offset from, Offset limit, std::size_t max_bytes) {
    return find_batches(from, limit, max_bytes, false);
}

Result<std::vector<FileRange>> Partition::find_batches(Offset from, Offset limit, std::size_t max_bytes,
                                                       bool checks_all) {
    std::vector<std::shared_ptr<Segment>> segments;
    std::uint64_t cuts = 0;
    {
        const Lock lock{mutex_};
        if (removed_) return gone();
        if (from < log_start() || from > durable_end()) {
            return Error{Errc::offset_out_of_range,
                         fmt::format("offset {} is not within [{}, {}]", from.value, log_start().value,
                                     durable_end().value)};
        }
        limit = std::min(limit, durable_end());
        if (from >= limit) return std::vector<FileRange>{};
        segments = segments_from(from, segments_at_once);
        cuts = cuts_;
        checks_all |= damage_.has_value();
    }
    std::vector<FileRange> ranges;
    std::uint64_t left = max_bytes;
    for (const auto& segment : segments) {
        // Only on from where the segment before ends, not from where reading it stopped.
        if (!ranges.empty() && (from != segment->base() || left == 0)) break;
        if (from >= limit) break;
        auto range =
            read_segment(*segment, std::max(from, segment->base()), limit, left, ranges.empty(), checks_all);
        if (!range) {
            if (ranges.empty()) return suspect(segment, range.error(), cuts);
            break;
        }
        if (range->size() == 0) break;
        left -= std::min(left, range->size());
        from = range->to.offset;
        ranges.push_back({{std::move(range->file), range->from.position, range->size()}, range->to.offset});
    }
    return ranges;
}

Result<std::optional<FileRange>> Partition::find_timestamp(std::int64_t timestamp_ms, Offset limit) {
    std::vector<std::shared_ptr<Segment>> segments;
    std::uint64_t cuts = 0;
    {
        const Lock lock{mutex_};
        if (removed_) return gone();
        limit = std::min(limit, durable_end());
        segments = segments_;
        cuts = cuts_;
    }
    for (const auto& segment : segments) {
        if (segment->base() >= limit) break;
        if (segment->state().max_timestamp_ms < timestamp_ms) continue;
        auto range = segment->find_timestamp(timestamp_ms, log_start(), limit);
        if (range && range->size() > 0 && (is_damaged() || !segment->is_trusted(*range))) {
            if (auto sound = check(*segment, *range); !sound) range = sound.error();
        }
        if (!range) return suspect(segment, range.error(), cuts);
        if (range->size() == 0) continue;
        return std::optional{
            FileRange{{std::move(range->file), range->from.position, range->size()}, range->to.offset}};
    }
    return std::optional<FileRange>{};
}

Result<std::optional<FileRange>> Partition::find_max_timestamp() {
    std::int64_t greatest = -1;
    {
        const Lock lock{mutex_};
        if (removed_) return gone();
        for (const auto& segment : segments_)
            greatest = std::max(greatest, segment->state().max_timestamp_ms);
    }
    if (greatest < 0) return std::optional<FileRange>{};
    return find_timestamp(greatest, readable_end());
}

Result<Ticket> Partition::delete_before(Offset offset) {
    const Lock lock{mutex_};
    if (removed_) return gone();
    if (cutting_) return Error{Errc::busy, "the log is being cut; try again once that is durable"};
    if (offset < Offset{0} || offset > durable_end()) {
        return Error{Errc::offset_out_of_range,
                     fmt::format("offset {} is not within [0, {}]", offset.value, durable_end().value)};
    }
    if (offset <= log_start()) return context_.queue.taken();
    PendingEntry entry;
    entry.log = shared_from_this();
    entry.offset = offset;
    entry.generation = generation_;
    entry.kind = PendingKind::start;
    return context_.queue.push(std::move(entry));
}

std::optional<Ticket> Partition::remove() {
    const Lock lock{mutex_};
    if (std::exchange(removed_, true)) return std::nullopt;
    return push_removal();
}

void Partition::retry_removal() {
    const Lock lock{mutex_};
    (void)push_removal();
}

Ticket Partition::push_removal() {
    PendingEntry entry;
    entry.log = shared_from_this();
    entry.generation = generation_;
    entry.kind = PendingKind::removal;
    return context_.queue.push(std::move(entry));
}

std::optional<EpochEnd> Partition::end_of_epoch(LeaderEpoch epoch) const {
    const Lock lock{mutex_};
    return epochs_.end_of(epoch, durable_end());
}

EpochEnd Partition::epoch_at(Offset offset) const {
    const Lock lock{mutex_};
    return epochs_.run_at(offset, durable_end());
}

void Partition::set_config(const LogConfig& config) {
    const Lock lock{mutex_};
    config_ = config;
}

std::vector<ProducerSummary> Partition::producers() const {
    const Lock lock{mutex_};
    return producers_.summaries();
}

bool Partition::has_history() const {
    const Lock lock{mutex_};
    return !buried_ && (history_ || end() > Offset{0});
}

void Partition::bury() {
    const Lock lock{mutex_};
    buried_ = true;
}

std::vector<std::shared_ptr<Segment>> Partition::segments() const {
    const Lock lock{mutex_};
    return segments_;
}

// Where the log would begin if whole segments went by the limits on time and size.
Offset Partition::retention_start(std::int64_t now_ms) const {
    auto start = log_start();
    auto bytes = size_bytes();
    for (const auto& segment : segments_) {
        const auto state = segment->state();
        const bool last = segment == segments_.back();
        const bool old = config_.retention_ms >= 0 && state.max_timestamp_ms < now_ms - config_.retention_ms;
        const bool too_much = config_.retention_bytes >= 0 && !last &&
                              static_cast<std::int64_t>(bytes - state.size) >= config_.retention_bytes;
        if (!old && !too_much) break;
        start = std::max(start, state.end);
        bytes -= state.size;
    }
    return start;
}

void Partition::maintain(std::int64_t now_ms, std::int64_t producer_expiration_ms) {
    Offset start;
    bool is_mended = false;
    {
        const Lock lock{mutex_};
        if (removed_) return;
        producers_.expire(now_ms - producer_expiration_ms, durable_end());
        start = retention_start(now_ms);
        is_mended = damage_ && log_start() >= damage_->until;
        if (is_mended) set_damage({});
    }
    if (is_mended) save_damage();
    if (start > log_start()) (void)delete_before(start);
}

}  // namespace weir::log
