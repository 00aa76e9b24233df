// How far a subscription has come in its topic.
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

// Topic, lag, and of each partition the position (the lowest offset that is not settled, as the consumer
// group of the subscription's name has it; null until it is known) and the end. Null for other queues.
Json subscription_json(const Call& call, const topology::Queue& queue);

}  // namespace weir::management
