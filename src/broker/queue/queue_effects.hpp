// What can be asked of the queues of one log, and what a step leaves to do, in words of no protocol.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/queue/consumer.hpp"
#include "broker/queue/queue_counters.hpp"
#include "broker/queue/queue_records.hpp"

namespace weir::queue {

// A message goes to a consumer, or to the holder who asked for one.
struct Delivery {
    ConsumerId consumer;  // no_consumer: by get()
    HolderId holder;
    Source message;
    Offset position;  // of the record that put it into the queue: a refer record has its history
    Offset content;   // of its publish record
    std::uint64_t bytes = 0;
    std::uint32_t delivery_count = 0;  // how often it came back, if the queue counts that
    bool redelivered = false;
    bool is_settled = false;             // the holder need not settle it
    std::optional<Uuid> source_topic{};  // of a subscription: `content` is a RecordPosition there, packed
};

// A message that can't stay in its queue. The owner reads it, finds its targets, and calls refer(): until
// then the queue keeps it from everybody.
struct DeadLetter {
    Source message;
    Reason reason = Reason::rejected;
    Offset position;
    Offset content;
    std::uint64_t bytes = 0;
    std::uint64_t group = 0;
};

// News for a consumer that did not ask.
struct Notice {
    enum class Kind : std::uint8_t {
        queue_gone,  // it is cancelled
        activated,   // it is the single active one from now on
    };
    Kind kind = Kind::queue_gone;
    ConsumerId consumer;
    HolderId holder;
    QueueId queue;
};

struct Effects {
    std::vector<QueueRecord> records;  // to be appended in order, in one batch
    std::vector<Delivery> deliveries;  // only after the step's records are applied
    std::vector<DeadLetter> dead_letters;
    std::vector<Notice> notices;
};

enum class Answer : std::uint8_t {
    done,
    no_such_queue,
    no_such_consumer,
    no_such_message,  // not delayed, or its time has come
    already_exists,   // the id or the consumer
    in_use,           // the queue has consumers
    not_empty,
    exclusive,  // another consumer has the queue for itself, or this one can't have it so
    invalid,    // what was asked contradicts itself or exceeds a limit
};

// Mostly it is one, which takes no memory of its own.
using QueueIds = boost::container::small_vector<QueueId, 2>;

struct PublishRequest {
    QueueIds targets;                 // in any order
    std::uint64_t content_bytes = 0;  // of the body
    std::int64_t ttl_ms = -1;
    std::int64_t deliver_at_ms = -1;  // wall clock; at most max_delay_ms from now
    std::uint8_t priority = 0;
    std::string message_id;  // for dedup
    std::string group_key;   // messages with the same one keep their order where the queue looks at it
};

inline constexpr std::int64_t max_delay_ms = std::int64_t{366} * 24 * 3600 * 1000;
inline constexpr std::uint64_t max_content_bytes = std::uint64_t{1} << 30;

// What keeps messages with the same key in order: two keys with one hash only wait for each other without
// need. 0 for no key.
std::uint64_t group_of(std::string_view key);

struct PublishReply {
    Answer answer = Answer::done;  // invalid: nothing was done
    bool is_written = false;       // the step's last record is to be appended with the content
    std::vector<QueueId> refused;  // they are full
    std::vector<QueueId> had_it;   // the message id was there already
};

// Where a dead letter goes: no targets means that it is dropped.
struct ReferRequest {
    Source source;
    std::vector<QueueId> targets;
    std::int64_t ttl_ms = -1;
    std::uint8_t priority = 0;
    std::string group_key;  // "": in the new queues it is of the group that it was of
    History history;
    std::string exchange;            // it is published to this now
    std::optional<std::string> key;  // with this key; none: with those that it had
};

struct ConsumeRequest {
    QueueId queue;
    Consumer consumer;
};

struct GetReply {
    Answer answer = Answer::done;
    std::optional<Delivery> delivery;  // nothing: the queue is empty
    std::uint64_t ready_left = 0;
};

// How a holder is done with a message.
enum class Verdict : std::uint8_t {
    accept,   // settled
    release,  // back to its place
    reject,   // a dead letter
};

struct SettleRequest {
    HolderId holder;
    Verdict verdict = Verdict::accept;
    std::vector<Source> messages;
    std::int64_t delay_ms = -1;  // with release: not again before; -1: as the queue says
    bool is_attempt = true;      // with release: counts as a try
};

struct CountReply {
    Answer answer = Answer::done;
    std::uint64_t count = 0;
};

struct QueueStatus {
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t held = 0;        // by consumers
    std::uint64_t held_bytes = 0;  // with what is deferred
    std::uint64_t deferred = 0;
    std::size_t consumers = 0;
    QueueCounters counters{};
};

}  // namespace weir::queue
