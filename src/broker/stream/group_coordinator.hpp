// Consumer groups for the doors: finds a group's shard, keeps its state in a log, answers once that is
// durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "broker/stream/group_request.hpp"
#include "broker/stream/group_step.hpp"
#include "log/log_store.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::stream {

// The internal topic whose partitions are the shards' logs, known to tools by this name.
inline constexpr std::string_view offsets_topic = "__consumer_offsets";
inline constexpr std::int32_t default_offsets_partitions = 16;

// The shard of a group among `count` (docs/formats/groups.md): clients' tools compute the same.
std::int32_t shard_of(std::string_view group, std::int32_t count);

struct CoordinatorOptions {
    GroupConfig group;
    // A shard's log is rewritten when it has grown by so much beyond the live state.
    std::uint64_t rewrite_bytes = std::uint64_t{64} << 20;
    std::size_t batch_bytes = std::size_t{1} << 20;  // of records, before another batch is begun
    // What is read or written at a time while loading and rewriting, so that the executor's other work goes
    // on.
    std::size_t slice_bytes = std::size_t{64} << 10;
    std::size_t slice_records = 1000;
    std::int64_t load_retry_ms = 1000;  // after a log could not be read
};

// One partition of the internal topic. Its log must have the durability `journal`.
struct ShardPlace {
    std::shared_ptr<log::PartitionLog> log;
    LeaderEpoch epoch;
    runtime::TimedExecutor* executor = nullptr;  // on which the shard lives; must outlive the coordinator
};

class GroupShard;

// Of the internal topic's partitions, this node looks after those that it leads: shards come and go.
//
// Safe from any thread, except that the destructor must not run beside other calls.
class GroupCoordinator {
  public:
    template <class R>
    using Done = std::function<void(typename R::Reply)>;

    // `unique_suffix` gives a new text at each call, from any of the executors' threads: it makes member ids.
    GroupCoordinator(const CoordinatorOptions& options, const Clock& clock,
                     std::function<std::string()> unique_suffix);
    ~GroupCoordinator();

    // The number of the internal topic's partitions, once there is one; before, no shard is here.
    void set_shards(std::int32_t count);
    // This node leads the partition from now on: begins to load its log, after those that the executor
    // loads already. Until that is done the shard answers coordinator_loading.
    void lead(PartitionId partition, ShardPlace place);
    // It does not any more: answers all that waits with not_coordinator. Does nothing if it never led.
    void resign(PartitionId partition);
    // Answers all that waits, and from then on everything, with coordinator_not_available.
    void stop();

    // Any request of group_request.hpp. `done` is called exactly once, on the executor of the group's shard,
    // unless the executors are stopped before; at once, with not_coordinator, if the shard is not here.
    // ListRequest and ForgetTopicsRequest go to all shards that are here: a list that lacks a shard's groups
    // also carries that shard's error.
    template <class R>
    void ask(R request, Done<R> done) {
        if constexpr (std::is_same_v<R, ListRequest> || std::is_same_v<R, ForgetTopicsRequest>) {
            ask_all(std::move(request), std::move(done));
        } else {
            const auto shard = find(request.group);
            ask_shard(shard, std::move(request), [done = std::move(done)](GroupReply reply) {
                done(std::get<typename R::Reply>(std::move(reply)));
            });
        }
    }

    // To be told of every group commit of the store that holds the shards' logs; hands on and returns.
    void on_commit(const log::Commit& commit);
    // To be told when the high watermark of a replicated log has moved.
    void on_advance(const log::PartitionLog& log);

  private:
    using ShardPtr = std::shared_ptr<GroupShard>;
    struct LoadQueue;

    void ask_shard(const ShardPtr& shard, GroupRequest request, std::function<void(GroupReply)> done);
    template <class R>
    void ask_all(R request, Done<R> done);
    ShardPtr find(std::string_view group) const;
    ShardPtr find(const log::PartitionLog& log) const;
    std::vector<ShardPtr> all() const;
    ShardPtr replace(PartitionId partition, ShardPtr shard);
    static void load_next(const std::shared_ptr<LoadQueue>& queue);

    const CoordinatorOptions options_;
    const Clock& clock_;
    const std::function<std::string()> unique_suffix_;

    mutable std::mutex mutex_;      // guards what follows
    std::vector<ShardPtr> shards_;  // by partition; null: not led here
    std::unordered_map<const log::PartitionLog*, PartitionId> by_log_;
    std::unordered_map<const runtime::TimedExecutor*, std::shared_ptr<LoadQueue>> loading_;
    bool stopped_ = false;
};

}  // namespace weir::stream
