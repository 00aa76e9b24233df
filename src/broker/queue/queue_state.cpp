// Finds the next message of a queue: what came back first, then what was never handed out.
#include "broker/queue/queue_state.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace weir::queue {

LaneCursor& Lane::make_cursor() {
    if (!cursor) cursor = std::make_unique<LaneCursor>(settle.floor(), end());
    return *cursor;
}

Consumer* Activity::find(ConsumerId id) {
    const auto at = std::ranges::find(consumers, id, &Consumer::id);
    return at == consumers.end() ? nullptr : &*at;
}

// ---- lanes

Lane* Queue::find_lane(std::uint8_t priority) {
    if (priority == 0) return &first_;
    if (!more_ || priority > more_->size()) return nullptr;
    return (*more_)[priority - 1u].get();
}

const Lane* Queue::find_lane(std::uint8_t priority) const {
    return const_cast<Queue*>(this)->find_lane(priority);
}

Lane& Queue::make_lane(std::uint8_t priority) {
    if (priority == 0) return first_;
    if (!more_) more_ = std::make_unique<std::vector<std::unique_ptr<Lane>>>();
    if (priority > more_->size()) more_->resize(priority);
    auto& slot = (*more_)[priority - 1u];
    if (!slot) slot = std::make_unique<Lane>();
    return *slot;
}

IndexEntry Queue::entry(Sequence sequence) const {
    const Lane* lane = find_lane(sequence.lane());
    ASSERT(lane != nullptr);
    return lane->index.at(sequence.number());
}

// ---- what is ready

Activity& Queue::make_activity() {
    if (!activity) activity = std::make_unique<Activity>();
    return *activity;
}

std::uint64_t Queue::ready_count() const {
    return activity ? open_count - activity->held.size() - activity->deferred.size() : open_count;
}

std::uint64_t Queue::ready_bytes() const {
    return activity ? open_bytes - activity->unready_bytes : open_bytes;
}

bool Queue::is_deferred(Sequence sequence) const {
    return activity && activity->deferred.contains(sequence.value);
}

bool Queue::is_unready(Sequence sequence) const {
    return activity && (activity->held.contains(sequence.value) || is_deferred(sequence));
}

// Moves `next` to the first message that is ready and stays there. What it passes comes back by itself.
std::optional<std::uint64_t> Queue::scan(std::uint8_t priority, Lane& lane) {
    LaneCursor& cursor = lane.make_cursor();
    for (;;) {
        cursor.next = std::min(lane.settle.next_open(cursor.next), std::max(cursor.next, cursor.visible));
        if (cursor.next >= cursor.visible) return std::nullopt;
        const Sequence sequence(priority, cursor.next);
        if (!is_unready(sequence)) return cursor.next;
        if (config->key_ordered && is_deferred(sequence)) lock_key(lane, cursor.next);
        ++cursor.next;
    }
}

std::optional<Sequence> Queue::oldest_of(std::uint8_t priority, Lane& lane) {
    if (lane.settle.floor() == lane.end()) return std::nullopt;
    const LaneCursor& cursor = lane.make_cursor();
    const auto available = cursor.available.first(), parked = cursor.parked.first();
    if (available && (!parked || *available < *parked)) return Sequence(priority, *available);
    if (parked) return Sequence(priority, *parked);
    const auto number = scan(priority, lane);
    return number ? std::optional(Sequence(priority, *number)) : std::nullopt;
}

std::optional<Sequence> Queue::oldest() {
    std::optional<Sequence> found;
    for_each_lane([&](std::uint8_t priority, Lane& lane) {
        if (!found) found = oldest_of(priority, lane);
    });
    return found;
}

std::optional<Sequence> Queue::deliverable() {
    std::optional<Sequence> found;
    for_each_lane([&](std::uint8_t priority, Lane& lane) {
        if (found || lane.settle.floor() == lane.end()) return;
        if (const auto number = deliverable_of(priority, lane)) found = Sequence(priority, *number);
    });
    return found;
}

std::optional<std::uint64_t> Queue::deliverable_of(std::uint8_t priority, Lane& lane) {
    LaneCursor& cursor = lane.make_cursor();
    if (const auto number = cursor.available.first()) return number;
    while (const auto number = scan(priority, lane)) {
        if (!config->key_ordered) return number;
        if (cursor.parked.count() >= max_parked) return std::nullopt;
        if (lock_key(lane, *number)) return number;
        cursor.parked.set(*number);
        if (*number >= lane.settle.delivered_mark()) cursor.fresh.set(*number);
        ++cursor.next;
    }
    return std::nullopt;
}

bool Queue::was_delivered(Sequence sequence) const {
    const Lane& lane = *find_lane(sequence.lane());
    const auto number = sequence.number();
    if (!lane.cursor || number >= lane.cursor->next) return number < lane.settle.delivered_mark();
    return !lane.cursor->fresh.test(number);
}

// ---- changes

void Queue::hold(Sequence sequence, Held held) {
    Activity& here = make_activity();
    const auto [at, is_new] = here.held.try_emplace(sequence.value, held);
    if (!is_new) {
        held.bytes = at->second.bytes;
        at->second = held;
        return;
    }
    at->second.bytes = static_cast<std::uint32_t>(entry(sequence).bytes);
    here.unready_bytes += at->second.bytes;
    Lane& own = lane(sequence.lane());
    LaneCursor& cursor = own.make_cursor();
    const auto number = sequence.number();
    cursor.available.clear(number);
    cursor.parked.clear(number);
    cursor.fresh.clear(number);
    if (number == cursor.next) ++cursor.next;
}

void Queue::make_ready(Sequence sequence) {
    const auto at = activity->held.find(sequence.value);
    if (at != activity->held.end()) {
        activity->unready_bytes -= at->second.bytes;
        activity->held.erase(at);
    }
    LaneCursor& cursor = lane(sequence.lane()).make_cursor();
    const auto number = sequence.number();
    if (number >= cursor.next) return;
    const auto key = config->key_ordered ? entry(sequence).group : 0;
    const bool waits = key != 0 && !activity->keys.is_owner(key, number);
    (waits ? cursor.parked : cursor.available).set(number);
}

void Queue::defer(Sequence sequence) {
    Activity& here = make_activity();
    const auto at = here.held.find(sequence.value);
    const std::uint64_t bytes = entry(sequence).bytes;
    if (at != here.held.end()) {
        here.unready_bytes -= at->second.bytes;
        here.held.erase(at);
    }
    if (here.deferred.insert(sequence.value).second) here.unready_bytes += bytes;
}

bool Queue::undefer(Sequence sequence) {
    if (!activity || activity->deferred.erase(sequence.value) == 0) return false;
    activity->unready_bytes -= entry(sequence).bytes;
    make_ready(sequence);
    return true;
}

void Queue::forget(Sequence sequence, const IndexEntry& entry) {
    Lane& own = lane(sequence.lane());
    const auto number = sequence.number();
    if (own.cursor) {
        own.cursor->available.clear(number);
        own.cursor->parked.clear(number);
        own.cursor->fresh.clear(number);
    }
    if (!activity) return;
    const auto at = activity->held.find(sequence.value);
    if (at != activity->held.end()) {
        activity->unready_bytes -= at->second.bytes;
        activity->held.erase(at);
    }
    if (activity->deferred.erase(sequence.value) != 0) activity->unready_bytes -= entry.bytes;
    if (entry.group != 0 && activity->keys.is_owner(entry.group, number)) pass_key_on(own, entry.group);
}

bool Queue::lock_key(Lane& lane, std::uint64_t number) {
    const auto key = lane.index.at(number).group;
    if (key == 0) return true;
    auto& keys = make_activity().keys;
    return keys.is_owner(key, number) || keys.lock(key, number);
}

// To the next of the key that still is there; it is ready then unless it waits for something else too.
void Queue::pass_key_on(Lane& lane, std::uint64_t key) {
    while (const auto number = activity->keys.pass_on(key)) {
        if (!lane.is_open(*number)) continue;
        if (is_unready(Sequence(0, *number))) return;
        lane.cursor->parked.clear(*number);
        lane.cursor->available.set(*number);
        return;
    }
}

void Queue::rest() {
    for_each_lane([](std::uint8_t, Lane& lane) {
        if (lane.cursor && lane.settle.floor() == lane.end()) lane.cursor.reset();
    });
    if (activity && activity->is_idle()) activity.reset();
}

}  // namespace weir::queue
