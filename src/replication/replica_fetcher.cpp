// Asking, and doing what the answers say.
#include "replication/replica_fetcher.hpp"

#include "base/log_line.hpp"

namespace weir::replication {

ReplicaFetcher::ReplicaFetcher(NodeId self, BrokerEpoch broker_epoch, NodeId leader, Transport& transport,
                               Clock& clock, const FetcherOptions& options)
    : self_(self),
      broker_epoch_(broker_epoch),
      leader_(leader),
      transport_(transport),
      clock_(clock),
      options_(options),
      alive_(std::make_shared<ReplicaFetcher*>(this)) {}

void ReplicaFetcher::add(const log::LogKey& key, Replica& replica) {
    partitions_[key] = {.replica = &replica};
}

void ReplicaFetcher::remove(const log::LogKey& key) {
    partitions_.erase(key);
}

bool ReplicaFetcher::is_syncing() const {
    return std::ranges::any_of(partitions_,
                               [](const auto& entry) { return entry.second.replica->is_syncing(); });
}

ReplicaFetcher::Asked ReplicaFetcher::ready() {
    Asked asked;
    const auto now_ms = clock_.monotonic_ms();
    const auto add = [&](auto from, auto to) {
        for (auto at = from; at != to && asked.size() < max_fetched_partitions; ++at) {
            if (at->second.not_before_ms > now_ms) continue;
            if (auto fetch = at->second.replica->next_fetch()) asked.push_back(*fetch);
        }
    };
    const auto first = partitions_.lower_bound(first_);
    add(first, partitions_.end());
    add(partitions_.begin(), first);
    if (asked.size() > 1) first_ = asked[1].key;
    return asked;
}

void ReplicaFetcher::poll() {
    if (asking_ || is_syncing()) return;
    auto asked = ready();
    if (asked.empty()) return;
    asking_ = true;
    const auto request = encode(ReplicaFetchRequest{.node = self_,
                                                    .broker_epoch = broker_epoch_,
                                                    .max_wait_ms = options_.max_wait_ms,
                                                    .min_bytes = options_.min_bytes,
                                                    .max_bytes = options_.max_bytes,
                                                    .partitions = asked});
    transport_.fetch(leader_, request, options_.max_wait_ms,
                     [alive = std::weak_ptr{alive_}, asked = std::move(asked)](const Result<Bytes>& answer) {
                         if (const auto self = alive.lock()) (*self)->on_answer(asked, answer);
                     });
}

std::optional<std::int64_t> ReplicaFetcher::wake_ms() const {
    if (asking_) return std::nullopt;
    std::optional<std::int64_t> earliest;
    for (const auto& [key, partition] : partitions_) {
        if (!partition.replica->next_fetch()) continue;
        earliest = std::min(earliest.value_or(INT64_MAX), partition.not_before_ms);
    }
    return earliest;
}

void ReplicaFetcher::pause(const Asked& asked) {
    const auto until_ms = clock_.monotonic_ms() + options_.retry_ms;
    for (const auto& fetch : asked) {
        const auto found = partitions_.find(fetch.key);
        if (found != partitions_.end()) found->second.not_before_ms = until_ms;
    }
}

void ReplicaFetcher::on_answer(const Asked& asked, const Result<Bytes>& answer) {
    asking_ = false;
    auto reply = answer ? decode_fetch_reply(*answer) : Result<ReplicaFetchReply>{answer.error()};
    const bool fits =
        reply && reply->partitions.size() == asked.size() &&
        std::ranges::equal(reply->partitions, asked, {}, &FetchedReply::key, &FetchedPartition::key);
    if (!fits) {
        tell_failure(reply ? "the answer is to something else" : reply.error().message);
        pause(asked);
        return poll();
    }
    if (std::exchange(is_failing_, false)) log_info("replica fetches from node {} go on", leader_.value);
    for (std::size_t i = 0; i < asked.size(); ++i) take(asked[i], reply->partitions[i]);
    poll();
}

// Once for each outage, however often it is tried.
void ReplicaFetcher::tell_failure(std::string_view why) {
    if (!std::exchange(is_failing_, true))
        log_warning("no replica fetch from node {}: {}", leader_.value, why);
}

void ReplicaFetcher::take(const FetchedPartition& asked, const FetchedReply& reply) {
    const auto found = partitions_.find(asked.key);
    if (found == partitions_.end()) return;
    auto& replica = *found->second.replica;
    const auto step = replica.on_reply(asked, reply, clock_.wall_ms());
    if (step && step->cuts_committed) {
        log_error(
            "partition {} of {}: the leader, node {}, lacks records that were committed; they are cut off",
            asked.key.partition.value, asked.key.topic_id.text(), leader_.value);
    }
    if (!step || step->kind == FollowerStep::Kind::wait) pause({asked});
}

}  // namespace weir::replication
