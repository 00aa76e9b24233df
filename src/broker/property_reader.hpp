// What a message's properties, which its door alone can read, say to queues and exchanges, and to other
// doors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "broker/message/record.hpp"
#include "broker/queue/queue_message.hpp"
#include "broker/routing/message.hpp"

namespace weir::broker {

struct MessageFacts {
    std::vector<std::string> more_keys{};  // that it was published with besides its routing key
    std::int64_t ttl_ms = -1;              // its own; -1: none
    std::uint8_t priority = 0;
    std::string group_key{};                      // messages with the same one keep their order; "": none
    std::unique_ptr<routing::Headers> headers{};  // null: it has none; good while the bytes are
};

// Safe from any thread.
class PropertyReader {
  public:
    virtual ~PropertyReader() = default;
    // Of properties that can't be read: nothing.
    virtual MessageFacts read(ByteView properties) const = 0;
    // The message as that topic has it, with how it came into its queue.
    virtual message::Record record(const queue::StoredMessage& message, std::string_view topic,
                                   std::int64_t time_ms) const = 0;
};

}  // namespace weir::broker
