// A message as a queue log's publish record carries it: a body, and headers that nobody here looks into.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "broker/message/record_reader.hpp"
#include "broker/queue/queue_effects.hpp"

namespace weir::queue {

// The names of the record's headers (docs/formats/queue_log.md).
inline constexpr std::string_view exchange_header = "exchange";
inline constexpr std::string_view key_header = "key";
inline constexpr std::string_view properties_header = "properties";

// On its way in: views of what its maker keeps.
struct Message {
    std::string_view exchange;
    std::string_view key;  // the routing key
    ByteView properties;   // the door's own
    ByteView body;

    std::uint64_t content_bytes() const {
        return exchange.size() + key.size() + properties.size() + body.size();
    }
    std::array<message::HeaderView, 3> headers() const {
        return {{{exchange_header, as_bytes(exchange)},
                 {key_header, as_bytes(key)},
                 {properties_header, properties}}};
    }
};
// With the memory that it views.
using MessagePtr = std::shared_ptr<const Message>;

// On its way out: views of what `owner` keeps.
struct StoredMessage {
    std::shared_ptr<const void> owner;
    // Of a subscription, instead of what follows: the record, its partition, and the topic.
    const message::RecordView* record = nullptr;
    PartitionId partition{};
    std::string_view topic;
    bool is_one_of_many = false;  // the topic has more than one partition

    std::string_view exchange;
    std::string_view key;
    ByteView properties;
    ByteView body;
    std::shared_ptr<const ReferRecord> referral;  // how it came into its queue; null: it was published
};

struct Arrival {
    Delivery delivery;
    StoredMessage message;
};

// A message that can't stay in its queue, for whoever finds out where it goes.
struct DeadMessage {
    DeadLetter letter;
    std::string queue;   // its name
    std::string target;  // of the queue's dead letters
    StoredMessage message;
};

}  // namespace weir::queue
