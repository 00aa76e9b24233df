// The properties with which a message leaves its queue, where they are not those with which it came: a dead
// letter's history and how often it came back are told in headers.
#pragma once

#include <optional>

#include "broker/queue/queue_message.hpp"

namespace weir::amqp {

// Nothing: they are as they came. Headers of these names that a client has made up are replaced.
std::optional<Bytes> delivered_properties(const queue::StoredMessage& message, std::uint32_t delivery_count);

}  // namespace weir::amqp
