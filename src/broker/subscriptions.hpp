// Subscriptions: queues whose messages are a topic's records. Feeds them as their topics grow, and tells the
// consumer groups of their names how far they have come, so that tools see their lag.
#pragma once

#include <map>
#include <mutex>

#include "broker/commit_hub.hpp"
#include "broker/group_positions.hpp"
#include "broker/queue/queue_shard.hpp"
#include "broker/topic_access.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

struct SubscriptionSeams {
    TopicTable& topics;
    CommitHub& commits;
    TopicAccess& access;
    std::function<void(GroupPosition, GroupPositions::Done)> tell_group;
    runtime::ReactorPool& reactors;  // a queue shard lives on its partition's, modulo their number
};

// So many messages of a subscription are indexed before the first of them are settled.
inline constexpr std::uint64_t max_fed_ahead = 50'000;

struct SubscriptionBegin {
    std::shared_ptr<const Topic> topic;
    Start start = NextRecord{};
    std::map<PartitionId, Offset> offsets{};  // where these partitions begin instead, or at the nearest
};

class Subscriptions {
  public:
    explicit Subscriptions(const SubscriptionSeams& seams) : seams_(seams) {}

    // Where a new one begins, for each partition; `done` comes on any thread. Errors: those of
    // TopicAccess::read().
    using Begun = std::function<void(Result<std::vector<queue::FeedRecord>>)>;
    void begin(const SubscriptionBegin& begin, Begun done) const;
    // For the shards.
    queue::FindTopicLog finder() const;
    queue::FetchRecords fetcher() const;
    // The reactor that the shard lives on.
    runtime::Reactor& reactor_of(const queue::QueueShard& shard) const;

    // Both on the shard's executor. Its log is loaded, with the subscriptions that are in it.
    void on_ready(queue::QueueShard& shard);
    // Any queue that was declared.
    void added(queue::QueueShard& shard, QueueId queue);

  private:
    class Feeder;
    std::shared_ptr<Feeder> feeder_of(const queue::QueueShard& shard) const;

    const SubscriptionSeams seams_;
    mutable std::mutex mutex_;  // guards what follows
    std::map<PartitionId, std::shared_ptr<Feeder>> feeders_;
};

}  // namespace weir::broker
