// Leadership as a client sees it: a lower epoch than ours is stale, a higher one means we are behind.
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

Result<std::shared_ptr<log::PartitionLog>> find_led_partition(const broker::Topic* topic,
                                                              PartitionId partition, LeaderEpoch epoch) {
    return find_readable_partition(topic, partition, epoch, false);
}

Result<std::shared_ptr<log::PartitionLog>> find_readable_partition(const broker::Topic* topic,
                                                                   PartitionId partition, LeaderEpoch epoch,
                                                                   bool may_follow) {
    const auto found = topic == nullptr ? nullptr : topic->partition(partition);
    if (!found) return Error{Errc::not_found};
    if (epoch > no_epoch && epoch < found->leader_epoch()) return Error{Errc::fenced_leader_epoch};
    if (epoch > found->leader_epoch()) return Error{Errc::unknown_leader_epoch};
    if (!found->is_led() && !(may_follow && found->state.is_in_sync)) return Error{Errc::not_leader};
    auto log = found->log();
    if (!log) return Error{Errc::not_found};
    return log;
}

bool may_tell_end(const broker::Topic& topic, PartitionId partition, const log::PartitionLog& log) {
    return !log.is_limited() || log.telling_epoch() >= topic.partition(partition)->leader_epoch();
}

Result<void> check_changeable(const broker::Topic* topic) {
    if (topic == nullptr || !topic->info->is_internal) return {};
    return Error{Errc::invalid_name, "this topic is weir's own: clients may read it but not change it"};
}

}  // namespace weir::kafka
