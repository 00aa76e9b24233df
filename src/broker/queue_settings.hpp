// What a queue's arguments and the policies that apply to it ask of its log.
#pragma once

#include <optional>

#include "broker/queue/queue_config.hpp"
#include "metadata/topology/topology.hpp"

namespace weir::broker {

// The id of the topic whose records are the messages of such a queue, as text; put there when it is declared.
inline constexpr std::string_view source_topic_argument = "x-subscription-topic-id";

// A message of such a queue comes back so often before it is a dead letter, unless something else is asked.
inline constexpr std::int64_t default_delivery_limit = 20;

// Whether it was declared with more care for messages that come back again and again.
bool is_quorum(const topology::Queue& queue);

// Whether it was declared to keep what is acknowledged, for so long or so much: then it can be read by
// offset.
bool is_replayable(const topology::Queue& queue);
// Its messages are apart by priority: so many lanes, from the lowest priority on.
std::int32_t lane_count(const topology::Queue& queue);

// Of bounds the smallest counts; else the argument before the operator policy, and that before the policy. A
// value that can't be counts as absent: whoever declares has checked it.
queue::QueueConfig queue_config(const topology::HostState& host, const topology::Queue& queue);

// For how long a consumer of the queue may keep a message without saying what has become of it; none: as the
// door says.
std::optional<std::int64_t> consumer_timeout_ms(const topology::HostState& host,
                                                const topology::Queue& queue);

}  // namespace weir::broker
