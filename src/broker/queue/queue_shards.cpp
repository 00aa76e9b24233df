// Finds a queue's shard, and hands commits on.
#include "broker/queue/queue_shards.hpp"

#include <algorithm>

namespace weir::queue {

void QueueShards::set_shards(std::int32_t count) {
    const std::lock_guard lock(mutex_);
    shards_.resize(static_cast<std::size_t>(count));
}

void QueueShards::lead(PartitionId partition, ShardPlace place) {
    const auto shard = std::make_shared<QueueShard>(options_, clock_, std::move(place), seams_);
    replace(partition, shard);
    shard->post([](QueueShard& here) { here.start(); });
}

void QueueShards::resign(PartitionId partition) {
    replace(partition, nullptr);
}

void QueueShards::replace(PartitionId partition, ShardPtr shard) {
    {
        const std::lock_guard lock(mutex_);
        std::swap(shards_.at(static_cast<std::size_t>(partition.value)), shard);
    }
    if (!shard) return;
    shard->post(
        [shard](QueueShard& here) { here.stop({Errc::not_leader, "another node has the queue by now"}); });
}

QueueShards::ShardPtr QueueShards::find(QueueId queue) const {
    const std::lock_guard lock(mutex_);
    return shards_.empty() ? nullptr : shards_[queue.value % shards_.size()];
}

QueueShards::ShardPtr QueueShards::find(PartitionId partition) const {
    const std::lock_guard lock(mutex_);
    const auto at = static_cast<std::size_t>(partition.value);
    return at < shards_.size() ? shards_[at] : nullptr;
}

std::vector<QueueShards::ShardPtr> QueueShards::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<ShardPtr> here;
    std::ranges::copy_if(shards_, std::back_inserter(here),
                         [](const auto& shard) { return shard != nullptr; });
    return here;
}

QueueShards::ShardPtr QueueShards::find(const log::PartitionLog& log) const {
    const std::lock_guard lock(mutex_);
    const auto at =
        std::ranges::find_if(shards_, [&](const auto& shard) { return shard && &shard->log() == &log; });
    return at == shards_.end() ? nullptr : *at;
}

void QueueShards::on_commit(const log::Commit& commit) {
    for (const auto& failed : commit.failed) {
        const auto shard = find(*failed.log);
        if (shard) shard->post([error = failed.error](QueueShard& here) { here.on_lost(error); });
    }
    for (const auto& advanced : commit.advanced) on_advance(*advanced);
}

void QueueShards::on_advance(const log::PartitionLog& log) {
    if (const auto shard = find(log)) shard->post([](QueueShard& here) { here.on_advance(); });
}

}  // namespace weir::queue
