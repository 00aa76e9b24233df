// The session's book-keeping.
#include "replication/fetch_session.hpp"

namespace weir::replication {

Result<void> FetchSession::take(const ReplicaFetchRequest& request) {
    for (const auto& key : request.gone) partitions_.erase(key);
    if (partitions_.size() + request.partitions.size() > 2 * max_fetched_partitions)
        return Error{Errc::limit_exceeded, "a session of replica fetches with too many partitions"};
    for (const auto& fetch : request.partitions) {
        auto& partition = partitions_[fetch.key];
        partition.fetch = fetch;
        partition.is_counted = partition.is_answered = false;
        // An answer to an earlier request, still on its way, is none to a follower that has listed it again.
        partition.told_high_watermark = partition.told_log_start = Offset{-1};
        make_due(fetch.key, partition);
    }
    next_sequence_ = request.sequence + 1;
    return {};
}

void FetchSession::on_change(const log::LogKey& key) {
    const auto found = partitions_.find(key);
    if (found != partitions_.end() && !found->second.is_answered) make_due(key, found->second);
}

void FetchSession::resume() {
    for (const auto& key : std::exchange(put_off_, {})) on_change(key);
}

void FetchSession::make_due(const log::LogKey& key, Partition& partition) {
    if (!std::exchange(partition.is_due, true)) due_.push_back(key);
}

void FetchSession::on_told(const FetchedReply& reply) {
    const auto found = partitions_.find(reply.key);
    if (found == partitions_.end()) return;
    found->second.is_answered = is_news(reply);
    found->second.told_high_watermark = reply.high_watermark;
    found->second.told_log_start = reply.log_start;
}

}  // namespace weir::replication
