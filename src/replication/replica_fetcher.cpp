// Asking, and doing what the answers say.
#include "replication/replica_fetcher.hpp"

#include "base/log_line.hpp"

namespace weir::replication {

namespace {

// What a throttled partition is taken to bring, as long as nobody knows: the most that a leader gives of one.
constexpr std::int64_t expected_bytes = std::int64_t{1} << 20;
constexpr int max_requests = 2;  // on their way at a time: one is held, another says what has changed since

}  // namespace

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
    remove(key);
    change(key, partitions_[key] = {.replica = &replica});
}

void ReplicaFetcher::remove(const log::LogKey& key) {
    const auto found = partitions_.find(key);
    if (found == partitions_.end()) return;
    if (found->second.is_listed) gone_.push_back(key);
    partitions_.erase(found);
}

void ReplicaFetcher::on_change(const log::LogKey& key) {
    if (const auto found = partitions_.find(key); found != partitions_.end()) change(key, found->second);
}

void ReplicaFetcher::change(const log::LogKey& key, Partition& partition) {
    if (!std::exchange(partition.is_changed, true)) changed_.push_back(key);
}

// Those that wait no longer have something to ask.
bool ReplicaFetcher::is_syncing() {
    while (!syncing_.empty()) {
        const auto key = syncing_.back();
        const auto found = partitions_.find(key);
        if (found != partitions_.end()) {
            if (found->second.replica->is_syncing()) return true;
            change(key, found->second);
        }
        syncing_.pop_back();
    }
    return false;
}

void ReplicaFetcher::begin_session(bool is_wary) {
    ++session_;
    is_wary_ = is_wary;
    next_sequence_ = 0;
    session_until_ms_ = clock_.monotonic_ms() + options_.session_ms;
    gone_.clear();
    for (auto& [key, partition] : partitions_) {
        partition.is_listed = false;
        change(key, partition);
    }
}

void ReplicaFetcher::poll() {
    const auto now_ms = clock_.monotonic_ms();
    if (asking_ >= max_requests || now_ms < not_before_ms_ || is_syncing()) return;
    if (asking_ == 0 && now_ms >= session_until_ms_) begin_session(false);
    const auto request = next_request();
    const bool says_something = !request.partitions.empty() || !request.gone.empty();
    if (says_something || (asking_ == 0 && next_sequence_ > 0)) send(request);
}

// Whether it is too early to ask for more of it; else it is counted into what the request may bring.
bool ReplicaFetcher::is_held_back(const Replica& replica, std::int64_t& reserved, std::int64_t now_ms) const {
    if (options_.throttle == nullptr || !replica.is_throttled_for(self_)) return false;
    if (options_.throttle->available(now_ms) <= reserved) return true;
    reserved += expected_bytes;
    return false;
}

// What has changed and may be asked for now.
ReplicaFetchRequest ReplicaFetcher::next_request() {
    ReplicaFetchRequest request{.node = self_,
                                .broker_epoch = broker_epoch_,
                                .max_wait_ms = options_.max_wait_ms,
                                .min_bytes = options_.min_bytes,
                                .max_bytes = options_.max_bytes,
                                .sequence = next_sequence_,
                                .is_wary = is_wary_,
                                .partitions = {},
                                .gone = std::exchange(gone_, {})};
    const auto now_ms = clock_.monotonic_ms();
    std::int64_t reserved = 0;
    for (const auto& key : std::exchange(changed_, {})) {
        const auto found = partitions_.find(key);
        if (found == partitions_.end() || !found->second.is_changed) continue;
        auto& partition = found->second;
        const bool later = partition.not_before_ms > now_ms ||
                           request.partitions.size() >= max_fetched_partitions ||
                           is_held_back(*partition.replica, reserved, now_ms);
        partition.is_changed = later;
        if (later) {
            changed_.push_back(key);
        } else if (auto fetch = partition.replica->next_fetch()) {
            partition.asked = *fetch;
            partition.asked_in = next_sequence_;
            partition.is_listed = true;
            request.partitions.push_back(*fetch);
        } else {
            syncing_.push_back(key);
        }
    }
    return request;
}

void ReplicaFetcher::send(const ReplicaFetchRequest& request) {
    ++asking_;
    ++next_sequence_;
    transport_.fetch(leader_, encode(request), options_.max_wait_ms,
                     [alive = std::weak_ptr{alive_}, session = session_,
                      sequence = request.sequence](const Result<log::SharedSpan>& answer) {
                         const auto self = alive.lock();
                         if (!self) return;
                         --(*self)->asking_;
                         if (session == (*self)->session_) (*self)->on_answer(sequence, answer);
                         (*self)->poll();
                     });
}

std::optional<std::int64_t> ReplicaFetcher::wake_ms() const {
    if (asking_ >= max_requests) return std::nullopt;
    std::optional<std::int64_t> earliest;
    for (const auto& key : changed_) {
        const auto found = partitions_.find(key);
        if (found == partitions_.end()) continue;
        earliest = std::min(earliest.value_or(INT64_MAX), found->second.not_before_ms);
    }
    return earliest ? std::optional{std::max(*earliest, not_before_ms_)} : std::nullopt;
}

void ReplicaFetcher::on_answer(std::uint32_t sequence, const Result<log::SharedSpan>& answer) {
    if (!answer) return on_failure(answer.error());
    const auto reply = decode_fetch_reply(*answer);
    if (!reply) return on_failure(reply.error());
    if (std::exchange(is_failing_, false)) log_info("replica fetches from node {} go on", leader_.value);
    if (!reply->is_session_known && sequence > 0) return begin_session(false);
    for (const auto& partition : reply->partitions) take(sequence, partition);
    if (std::exchange(is_doubtful_, false)) begin_session(true);
}

// The leader looks by itself, in a wary session, whether it is its log that is damaged.
void ReplicaFetcher::doubt(const FetchedReply& reply, const Error& error) {
    if (error.code != Errc::corrupt && error.code != Errc::invalid_record) return;
    is_doubtful_ = true;
    if (is_wary_) return;  // it has been told
    log_warning("partition {} of {}: what node {} sends does not hold, it is asked to look: {}",
                reply.key.partition.value, reply.key.topic_id.text(), leader_.value, error.message);
}

// Nobody knows what the leader has made of the session.
void ReplicaFetcher::on_failure(const Error& error) {
    if (!std::exchange(is_failing_, true))  // once for each outage, however often it is tried
        log_warning("no replica fetch from node {}: {}", leader_.value, error.message);
    not_before_ms_ = clock_.monotonic_ms() + options_.retry_ms;
    begin_session(true);
}

void ReplicaFetcher::take(std::uint32_t sequence, const FetchedReply& reply) {
    const auto found = partitions_.find(reply.key);
    // What has been listed again since is answered again.
    if (found == partitions_.end() || !found->second.is_listed || found->second.asked_in > sequence) return;
    auto& partition = found->second;
    if (options_.throttle != nullptr && partition.replica->is_throttled_for(self_))
        options_.throttle->take(reply.batch_bytes);
    const auto step = partition.replica->on_reply(partition.asked, reply, clock_.wall_ms());
    if (!step || step->is_refused)
        doubt(reply, step ? Error{Errc::corrupt, "no batch that continues the log"} : step.error());
    if (step && step->cuts_committed) {
        log_error(
            "partition {} of {}: the leader, node {}, lacks records that were committed; they are cut off",
            reply.key.partition.value, reply.key.topic_id.text(), leader_.value);
    }
    if (!step || step->kind == FollowerStep::Kind::wait)
        partition.not_before_ms = clock_.monotonic_ms() + options_.retry_ms;
    if (is_news(reply)) syncing_.push_back(reply.key);  // or not; in any case it is to be listed again
}

}  // namespace weir::replication
