// How many records a topic has, wherever its partitions are led.
#pragma once

#include "broker/topic_access.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

// Of partitions that this node has a replica of, what it knows to be committed; of the others what their
// leaders say. What nobody answers for counts nothing. `done` comes once, on any thread, or at once.
void count_records(const Topic& topic, TopicAccess& access, std::function<void(std::int64_t)> done);

}  // namespace weir::broker
