// The records of a queue log, which say all that changes its queues (docs/formats/queue_log.md).
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/queue/death_history.hpp"
#include "broker/queue/queue_config.hpp"
#include "broker/queue/queue_ids.hpp"

namespace weir::queue {

// A queue that a message goes into.
struct Target {
    QueueId queue;
    bool overflows = false;  // only to become a dead letter of it: the publisher was refused

    bool operator==(const Target&) const = default;
};

// Mostly it is one, which takes no memory of its own.
using Targets = boost::container::small_vector<Target, 1>;

inline constexpr std::size_t max_targets = 1'000'000;      // of one message
inline constexpr std::size_t max_message_id_bytes = 4096;  // that are looked at
inline constexpr std::size_t max_queue_name_bytes = 4096;
inline constexpr std::size_t max_definition_bytes = 1 << 20;
inline constexpr std::size_t max_dead_letter_target_bytes = 64 << 10;
inline constexpr std::size_t max_referred_name_bytes = 4096;  // of the exchange and the key of a referral

// The one record with a value: the message's content, which nobody here looks into. The record's position is
// the message's name in the log.
struct PublishRecord {
    Targets targets;                  // by rising id, each once
    std::int64_t ttl_ms = -1;         // from when it is in a queue
    std::int64_t deliver_at_ms = -1;  // wall clock; until then it is in no queue
    std::uint8_t priority = 0;
    std::uint64_t group = 0;  // the hash of its key where order by key matters; 0: none
    std::string message_id;   // for dedup; "": none

    bool operator==(const PublishRecord&) const = default;
};

// A message in a queue.
struct Source {
    QueueId queue;
    Sequence sequence;
    bool operator==(const Source&) const = default;
};

// Content that is in the log already goes into more queues; at once it is gone from its source.
struct ReferRecord {
    Offset content;                   // of its PublishRecord
    std::uint64_t content_bytes = 0;  // as its queues count it
    std::optional<Source> source;
    Reason reason = Reason::rejected;
    Targets targets;
    std::int64_t ttl_ms = -1;
    std::uint8_t priority = 0;
    std::uint64_t group = 0;
    History history;
    std::string exchange;            // what it is published to now
    std::optional<std::string> key;  // instead of the keys that it had; none: with these

    bool operator==(const ReferRecord&) const = default;
};

// These messages of the queue are settled. Those that are already, or never were, are passed over.
struct AcknowledgeRecord {
    QueueId queue;
    Reason reason = Reason::consumed;
    std::vector<SequenceRange> ranges;

    bool operator==(const AcknowledgeRecord&) const = default;
};

// A message came back to its place.
struct ReleaseRecord {
    QueueId queue;
    Sequence sequence;
    std::uint32_t delivery_count = 0;  // how often it came back, this time included
    std::int64_t not_before_ms = -1;   // wall clock

    bool operator==(const ReleaseRecord&) const = default;
};

// All of a lane before this may have been delivered.
struct DeliveredRecord {
    QueueId queue;
    Sequence mark;

    bool operator==(const DeliveredRecord&) const = default;
};

struct DeclareRecord {
    QueueId queue;
    std::string name;
    QueueConfig config;

    bool operator==(const DeclareRecord&) const = default;
};

struct ConfigureRecord {
    QueueId queue;
    QueueConfig config;

    bool operator==(const ConfigureRecord&) const = default;
};

struct DeleteRecord {
    QueueId queue;
    bool operator==(const DeleteRecord&) const = default;
};

// A delayed message's time has come: it goes into its targets.
struct FireRecord {
    Offset content;
    bool operator==(const FireRecord&) const = default;
};

// A delayed message shall never come.
struct CancelRecord {
    Offset content;
    bool operator==(const CancelRecord&) const = default;
};

// Acknowledged messages of a lane before this need not be kept any longer.
struct TrimRecord {
    QueueId queue;
    Sequence up_to;
    bool operator==(const TrimRecord&) const = default;
};

// A record of a subscription's topic that is a message from now on.
struct FedMessage {
    Offset offset;
    std::uint64_t bytes = 0;
    std::uint64_t group = 0;
    bool operator==(const FedMessage&) const = default;
};

// Records of one partition of a subscription's topic are its messages; the next ones follow from `next` on.
struct FeedRecord {
    QueueId queue;
    PartitionId partition;
    Offset next;
    std::vector<FedMessage> messages;  // by rising offset, all before `next`
    bool operator==(const FeedRecord&) const = default;
};

using QueueRecord =
    std::variant<PublishRecord, ReferRecord, AcknowledgeRecord, ReleaseRecord, DeliveredRecord, DeclareRecord,
                 ConfigureRecord, DeleteRecord, FireRecord, CancelRecord, TrimRecord, FeedRecord>;

// The record's bytes, which lie in the log as a record's key; in the memory of `reused`, if that is enough.
Bytes encode(const QueueRecord& record, Bytes reused = {});
// Errors: corrupt; unsupported (a kind or version of a later weir: it can't be passed over).
Result<QueueRecord> decode(ByteView key);

class FieldWriter;
class FieldReader;
void write(FieldWriter& out, const QueueConfig& config);
QueueConfig read_config(FieldReader& in);

}  // namespace weir::queue
