// What a queue was asked to be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace weir::queue {

enum class Overflow : std::uint8_t {
    drop_head,               // the oldest message makes room
    reject,                  // the new message is refused
    reject_and_dead_letter,  // and goes where the queue's dead letters go
};

// -1: none, or no limit. Equal configurations are kept once.
struct QueueConfig {
    std::int64_t message_ttl_ms = -1;
    std::int64_t expires_ms = -1;  // the queue goes when nobody has used it for so long
    std::int64_t max_length = -1;  // of messages that are ready
    std::int64_t max_bytes = -1;   // of their content
    Overflow overflow = Overflow::drop_head;
    std::int64_t delivery_limit = -1;  // how often a message may come back before it is a dead letter
    bool counts_deliveries = false;    // also without a limit
    // A message that comes back waits: the first time so long, then twice as long each time.
    std::int64_t retry_delay_ms = -1;
    std::int64_t max_retry_delay_ms = -1;
    std::uint8_t max_priority = 0;  // messages of a higher one count as this
    bool single_active_consumer = false;
    bool key_ordered = false;  // messages with the same key are handed out one at a time; without priorities
    bool auto_delete = false;  // the queue goes with its last consumer
    std::int64_t dedup_window_ms = -1;              // a message id that came within it does not come in again
    std::int64_t retention_ms = -1;                 // acknowledged messages can be read so long, and
    std::int64_t retention_bytes = -1;              // while those kept are not more; either one keeps them
    std::optional<std::string> dead_letter_target;  // opaque; without one, dead messages are dropped
    Bytes definition;                               // how it was declared: opaque
    // A subscription: its messages are this topic's records, which stay there; nobody publishes into it.
    std::optional<Uuid> source_topic;

    bool counts() const { return counts_deliveries || delivery_limit >= 0 || retry_delay_ms >= 0; }
    bool retains() const { return retention_ms >= 0 || retention_bytes >= 0; }
    bool operator==(const QueueConfig&) const = default;
};

}  // namespace weir::queue
