// Leadership as a client sees it: a lower epoch than ours is stale, a higher one means we are behind.
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

Result<std::shared_ptr<log::PartitionLog>> find_led_partition(const broker::Topic* topic,
                                                              PartitionId partition, LeaderEpoch epoch) {
    const auto found = topic == nullptr ? nullptr : topic->partition(partition);
    if (!found) return Error{Errc::not_found};
    if (epoch > no_epoch && epoch < found->leader_epoch) return Error{Errc::fenced_leader_epoch};
    if (epoch > found->leader_epoch) return Error{Errc::unknown_leader_epoch};
    auto log = found->log();
    if (!log) return Error{Errc::not_found};
    return log;
}

}  // namespace weir::kafka
