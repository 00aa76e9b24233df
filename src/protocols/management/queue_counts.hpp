// How many messages and consumers queues have, asked of the logs that they live in.
#pragma once

#include <unordered_map>

#include "broker/queues.hpp"

namespace weir::management {

using QueueCounts = std::unordered_map<QueueId, queue::QueueStatus>;

constexpr std::int64_t count_timeout_ms = 10'000;  // what a request waits for counts

// Waits, but not for logs that do not answer within `timeout_ms`: their queues are not among the answers. To
// be counted is no use of a queue, unless another node leads its log.
QueueCounts count_queues(broker::Queues& queues, const std::vector<QueueId>& ids, std::int64_t timeout_ms);

// What has passed through the logs that this node leads. Waits as above.
queue::QueueCounters count_logs(broker::Queues& queues, std::int64_t timeout_ms);

}  // namespace weir::management
