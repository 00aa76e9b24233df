// The queue logs that this node leads: shards come and go with their partitions' leadership.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "broker/queue/queue_shard.hpp"
#include "log/log_store.hpp"

namespace weir::queue {

// Safe from any thread, except that the destructor must not run beside other calls.
class QueueShards {
  public:
    using ShardPtr = std::shared_ptr<QueueShard>;

    QueueShards(const ShardOptions& options, const Clock& clock, ShardSeams seams)
        : options_(options), clock_(clock), seams_(std::move(seams)) {}

    // The number of the topic's partitions, once there is one; it never changes.
    void set_shards(std::int32_t count);
    // This node leads the partition from now on, or not any more.
    void lead(PartitionId partition, ShardPlace place);
    void resign(PartitionId partition);

    // Whose log has the queue; null if it is not here.
    ShardPtr find(QueueId queue) const;
    ShardPtr find(PartitionId partition) const;
    // Those that are here.
    std::vector<ShardPtr> all() const;

    // To be told of every group commit of the store that holds the logs; hands on and returns.
    void on_commit(const log::Commit& commit);
    // To be told when the high watermark of a replicated log has moved.
    void on_advance(const log::PartitionLog& log);

  private:
    ShardPtr find(const log::PartitionLog& log) const;
    void replace(PartitionId partition, ShardPtr shard);

    const ShardOptions options_;
    const Clock& clock_;
    const ShardSeams seams_;
    mutable std::mutex mutex_;      // guards what follows
    std::vector<ShardPtr> shards_;  // by partition; null: not led here
};

}  // namespace weir::queue
