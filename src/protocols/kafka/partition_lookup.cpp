// Leadership as a client sees it: a lower epoch than ours is stale, a higher one means we are behind.
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

Result<std::shared_ptr<log::PartitionLog>> find_led_partition(const broker::Topic* topic,
                                                              std::int32_t partition, std::int32_t epoch) {
    const auto found = topic == nullptr ? nullptr : topic->partition(PartitionId{partition});
    if (!found) return Error{Errc::not_found};
    if (epoch >= 0 && epoch < found->leader_epoch.value) return Error{Errc::fenced_leader_epoch};
    if (epoch > found->leader_epoch.value) return Error{Errc::unknown_leader_epoch};
    auto log = found->log();
    if (!log) return Error{Errc::not_found};
    return log;
}

}  // namespace weir::kafka
