// Looking for damage to one partition's log, and remembering it.
#include "base/log_line.hpp"
#include "log/damage.hpp"
#include "log/layout.hpp"
#include "log/partition.hpp"

namespace weir::log {

std::string Partition::damage_path() const {
    return folder_ + "/" + damage_name(key_.partition);
}

std::optional<Damage> Partition::damage() const {
    const Lock lock{mutex_};
    return damage_;
}

Result<void> Partition::check(Segment& segment, const SegmentRange& range) const {
    EpochTable epochs;
    {
        const Lock lock{mutex_};
        epochs = epochs_;
    }
    return segment.check(range.from, range.to, epochs);
}

Result<SegmentRange> Partition::read_segment(Segment& segment, Offset from, Offset limit,
                                             std::uint64_t max_bytes, bool any_first, bool checks) const {
    auto range = segment.read(from, limit, max_bytes, any_first);
    if (!range || range->size() == 0 || (!checks && segment.is_trusted(*range))) return range;
    const auto sound = check(segment, *range);
    if (sound) return range;
    // What holds before the damage is given out, batch by batch.
    if (auto first = segment.read(from, limit, 1, true); any_first && first && first->size() > 0) {
        if (first->size() < range->size() && check(segment, *first)) return first;
    }
    // To who looks for damage, a disk that can't give back what it took is no better than one that gives back
    // something else.
    const bool is_lost = checks && sound.error().code == Errc::io_error;
    return is_lost ? Error{Errc::corrupt, sound.error().message} : sound.error();
}

Result<Verified> Partition::verify(Offset from, std::size_t max_bytes) {
    const auto ranges = find_batches(from, durable_end(), max_bytes, true);
    if (!ranges) return ranges.error();
    Verified verified{.next = from};
    for (const auto& range : *ranges) {
        verified.next = range.next;
        verified.bytes += range.size;
    }
    return verified;
}

// What an error of reading a segment says of the log: that it is damaged, unless what was read has been cut
// off or dropped meanwhile.
Error Partition::suspect(const std::shared_ptr<Segment>& segment, const Error& error, std::uint64_t cuts) {
    if (error.code != Errc::corrupt && error.code != Errc::not_found) return error;
    const auto state = segment->state();
    {
        const Lock lock{mutex_};
        if (removed_ || cuts != cuts_ || std::ranges::find(segments_, segment) == segments_.end())
            return error;
        if (!add_damage({.first = state.base, .until = state.end, .what = error.message}))
            return {Errc::io_error, error.message};
    }
    save_damage();
    return {Errc::io_error, error.message};
}

// The caller holds the lock. Whether there is more of it than was known.
bool Partition::add_damage(Damage damage) {
    if (damage_ && damage_->first <= damage.first && damage_->until >= damage.until) return false;
    set_damage(damage_ ? merged(*damage_, damage) : std::move(damage));
    return true;
}

// The caller holds the lock, or is the constructor.
void Partition::set_damage(std::optional<Damage> damage) {
    if (damage && damage->number == 0) damage->number = ++context_.damages;
    damage_ = std::move(damage);
    is_damaged_.store(damage_.has_value(), std::memory_order_release);
}

void Partition::save_damage() {
    const std::lock_guard one_at_a_time{damage_file_mutex_};
    std::optional<Damage> damage;
    {
        const Lock lock{mutex_};
        if (!removed_) damage = damage_;
    }
    if (!damage) {
        (void)context_.files.remove(damage_path());
        (void)context_.files.sync_directory(folder_);
        return log_info("{}: the damage is gone with what was damaged", stem(log_start()));
    }
    log_error("{}: damaged ({} since the start): {}. What holds of [{}, {}) is still given out",
              damage_path(), context_.damages.load(), damage->what, damage->first.value, damage->until.value);
    // A start that knew no such log may be about to remove what an earlier one noted here.
    context_.spare(std::array{damage_path()});
    auto saved = context_.files.make_directories(folder_);
    if (saved) saved = runtime::replace_file(context_.files, damage_path(), encode_damage(*damage));
    if (!saved) log_error("{}: {}", damage_path(), saved.error().message);
}

}  // namespace weir::log
