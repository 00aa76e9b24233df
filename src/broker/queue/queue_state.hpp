// One queue: what the log says of it, and what only its leader knows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/queue/consumer.hpp"
#include "broker/queue/dedup_window.hpp"
#include "broker/queue/key_locks.hpp"
#include "broker/queue/message_index.hpp"
#include "broker/queue/queue_config.hpp"
#include "broker/queue/queue_counters.hpp"
#include "broker/queue/queue_ids.hpp"
#include "broker/queue/settle_state.hpp"

namespace weir::queue {

// How far the leader has come in a lane. A lane without a cursor is as a new leader finds it: all of it is
// committed, nothing was handed out.
struct LaneCursor {
    std::uint64_t next = 0;     // nothing from here on was handed out or passed over
    std::uint64_t visible = 0;  // what lies from here on is not committed yet
    BitPages available;         // before `next`: came back, or got its key's lock
    BitPages parked;            // before `next`: passed over, another message has the key's lock
    BitPages fresh;             // of these two: never handed out

    explicit LaneCursor(std::uint64_t floor, std::uint64_t end) : next(floor), visible(end) {}
};

// The messages of one priority. A message is ready unless it is settled, held or deferred.
struct Lane {
    MessageIndex index;
    SettleState settle;
    std::unique_ptr<LaneCursor> cursor;

    std::uint64_t end() const { return index.end(); }
    bool is_open(std::uint64_t number) const { return number < end() && !settle.is_settled(number); }
    LaneCursor& make_cursor();
};

// A message that is neither ready nor settled.
struct Held {
    enum class State : std::uint8_t {
        held,       // by a consumer
        releasing,  // it comes back once the log has the record
        settling,   // it is settled once the log has the record
        dying,      // the owner of the machine finds out where the dead letter goes
    };
    ConsumerId consumer;
    HolderId holder;
    State state = State::held;
    Reason reason = Reason::consumed;  // while dying
    std::uint32_t bytes = 0;
};

// What the leader knows of a queue that somebody uses.
struct Activity {
    std::unordered_map<std::uint64_t, Held> held;  // by sequence
    std::unordered_set<std::uint64_t> deferred;    // sequences of messages that wait for their time
    std::uint64_t unready_bytes = 0;               // of both
    std::vector<Consumer> consumers;               // in the order in which they came
    std::size_t turn = 0;                          // the consumer that is looked at first
    ConsumerId active = no_consumer;               // where only one may be
    KeyLocks keys;

    Consumer* find(ConsumerId id);
    bool is_idle() const { return held.empty() && deferred.empty() && consumers.empty() && keys.empty(); }
};

class Queue {
  public:
    Queue(QueueId queue_id, std::string queue_name, std::shared_ptr<const QueueConfig> queue_config)
        : id(queue_id), name(std::move(queue_name)), config(std::move(queue_config)) {}

    const QueueId id;
    const std::string name;
    std::shared_ptr<const QueueConfig> config;

    // ---- from the log
    std::uint64_t open_count = 0;  // not settled
    std::uint64_t open_bytes = 0;
    std::uint64_t kept_bytes = 0;  // settled but kept
    std::unique_ptr<DedupWindow> dedup;
    // Of a subscription: from where on each partition's records are not messages yet.
    std::unique_ptr<std::map<PartitionId, Offset>> fed;

    bool is_subscription() const { return config->source_topic.has_value(); }
    // Nothing: the partition is not known yet.
    std::optional<Offset> fed_to(PartitionId partition) const;
    // The oldest record of each known partition that is not settled, looking at no more than `most` messages;
    // partitions that this does not tell are left out.
    std::map<PartitionId, Offset> open_positions(std::uint64_t most) const;

    Lane& lane(std::uint8_t priority) { return priority == 0 ? first_ : *find_lane(priority); }
    Lane* find_lane(std::uint8_t priority);
    const Lane* find_lane(std::uint8_t priority) const;
    Lane& make_lane(std::uint8_t priority);
    // The lanes that are there, the highest priority first.
    template <class Visit>
    void for_each_lane(Visit visit) {
        for (std::size_t i = more_ ? more_->size() : 0; i > 0; --i) {
            if ((*more_)[i - 1]) visit(static_cast<std::uint8_t>(i), *(*more_)[i - 1]);
        }
        visit(std::uint8_t{0}, first_);
    }
    template <class Visit>
    void for_each_lane(Visit visit) const {
        const_cast<Queue*>(this)->for_each_lane(
            [&](std::uint8_t priority, const Lane& lane) { visit(priority, lane); });
    }
    IndexEntry entry(Sequence sequence) const;

    // ---- the leader's
    std::unique_ptr<Activity> activity;
    QueueCounters counters;
    std::int64_t head_deadline_ms = INT64_MAX;       // what is in the heap for it
    std::int64_t retention_deadline_ms = INT64_MAX;  // likewise
    std::int64_t last_used_ms = 0;
    bool is_touched = false;

    Activity& make_activity();
    std::uint64_t ready_count() const;
    std::uint64_t ready_bytes() const;
    bool is_unready(Sequence sequence) const;
    bool is_deferred(Sequence sequence) const;
    bool has_consumers() const { return activity && !activity->consumers.empty(); }
    // The oldest ready message that is committed, of the highest priority.
    std::optional<Sequence> oldest();
    std::optional<Sequence> oldest_of(std::uint8_t priority, Lane& lane);
    // The message that may be delivered next; its key is locked then.
    std::optional<Sequence> deliverable();
    // Whether it may have been delivered before.
    bool was_delivered(Sequence sequence) const;
    // It is not ready any more: it is held, or was already and now is so in another state.
    void hold(Sequence sequence, Held held);
    // It is ready again, in its place.
    void make_ready(Sequence sequence);
    // It was settled: nothing of it is left here.
    void forget(Sequence sequence, const IndexEntry& entry);
    void defer(Sequence sequence);
    // Its time has come; false if it is not deferred.
    bool undefer(Sequence sequence);
    // Lets go of what an unused queue does not need.
    void rest();

  private:
    std::optional<std::uint64_t> scan(std::uint8_t priority, Lane& lane);
    std::optional<std::uint64_t> deliverable_of(std::uint8_t priority, Lane& lane);
    bool lock_key(Lane& lane, std::uint64_t number);
    void pass_key_on(Lane& lane, std::uint64_t key);

    Lane first_;                                                // of the lowest priority
    std::unique_ptr<std::vector<std::unique_ptr<Lane>>> more_;  // the others, by priority - 1
};

// With keys that are locked for long, so many messages are passed over before the others have to wait too.
inline constexpr std::uint64_t max_parked = 65'536;

}  // namespace weir::queue
