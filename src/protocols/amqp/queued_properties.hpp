// A published message's properties as its queues keep them.
#pragma once

#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

// Without the keys that only routing may see; a message that waits for `delay_ms` says so by a negative
// delay. Nothing: as they came.
std::optional<Bytes> queued_properties(const Properties& properties, std::int64_t delay_ms);

}  // namespace weir::amqp
