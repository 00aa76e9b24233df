// Finding the partition that a request means, with the checks of leadership that all reads share.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "broker/topic_table.hpp"

namespace weir::kafka {

// The log of a partition that this node leads. `epoch` is what the client believes the leader epoch to be, -1
// if it does not say (KIP-320). Errors: not_found, fenced_leader_epoch, unknown_leader_epoch,
// not_leader.
Result<std::shared_ptr<log::PartitionLog>> find_led_partition(const broker::Topic* topic,
                                                              PartitionId partition, LeaderEpoch epoch);

// The same, and on a node whose replica is in sync where `may_follow` (KIP-392).
Result<std::shared_ptr<log::PartitionLog>> find_readable_partition(const broker::Topic* topic,
                                                                   PartitionId partition, LeaderEpoch epoch,
                                                                   bool may_follow);

// Whether clients may be told where the log of a partition that this node leads ends: a new leader waits
// until that is not before what an earlier one has told them (KIP-207).
bool may_tell_end(const broker::Topic& topic, PartitionId partition, const log::PartitionLog& log);

// For changes that clients may not make to weir's own topics. Errors: invalid_name.
Result<void> check_changeable(const broker::Topic* topic);

}  // namespace weir::kafka
