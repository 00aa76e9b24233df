// A replica's roles.
#include "replication/replica.hpp"

namespace weir::replication {

Replica::Replica(NodeId self, std::shared_ptr<log::PartitionLog> log, const LeaderOptions& options)
    : self_(self),
      log_(std::move(log)),
      options_(options),
      // Readers may have been shown more by then than the log's start.
      known_high_watermark_(log_->is_limited() ? log_->readable_end() : log_->log_start()) {
    limit_readers();
}

LocalLog Replica::local() const {
    // The durable end first: seen the other way round, it could be beyond the end.
    const auto durable_end = log_->durable_end();
    return {.start = log_->log_start(),
            .durable_end = durable_end,
            .end = log_->end(),
            .last_epoch = log_->last_epoch()};
}

Offset Replica::high_watermark() const {
    if (leader_) return leader_->high_watermark();
    return follower_ ? follower_->high_watermark() : known_high_watermark_;
}

void Replica::limit_readers() {
    log_->limit_readers(high_watermark());
    log_->set_telling_epoch(leader_ && leader_->client_high_watermark() ? epoch_ : no_epoch);
}

bool Replica::is_in_sync(NodeId node) const {
    return std::ranges::find(in_sync_, node, &InSyncReplica::node) != in_sync_.end();
}

bool Replica::apply(const PartitionRegistration& registration, std::int64_t now_ms) {
    const bool older = registration.leader_epoch < epoch_ || registration.partition_epoch < partition_epoch_;
    if (older) return false;
    partition_epoch_ = registration.partition_epoch;
    in_sync_ = registration.in_sync;
    is_throttled_ = registration.is_throttled;
    if (registration.leader_epoch == epoch_ && registration.leader == leader_node_) {
        if (to_lead_) to_lead_ = registration;
        if (leader_ && leader_->update(registration, now_ms)) limit_readers();
        return false;
    }
    known_high_watermark_ = std::min(high_watermark(), log_->durable_end());
    leader_.reset();
    follower_.reset();
    to_lead_.reset();
    epoch_ = registration.leader_epoch;
    log_->fence(epoch_);
    leader_node_ = registration.leader;
    if (leader_node_ == self_) {
        cut_ ? void(to_lead_ = registration) : lead(registration, now_ms);
    } else if (leader_node_ != no_node) {
        follower_.emplace(epoch_, known_high_watermark_);
    }
    limit_readers();
    return true;
}

void Replica::lead(const PartitionRegistration& registration, std::int64_t now_ms) {
    const auto durable_end = log_->durable_end();
    leader_.emplace(self_, registration, durable_end, known_high_watermark_, options_, now_ms);
    (void)leader_->advance(durable_end, now_ms);
}

bool Replica::on_commit(log::Ticket committed, std::int64_t now_ms) {
    const auto durable_end = log_->durable_end();
    bool advanced = false;
    if (cut_ && *cut_ <= committed) {
        cut_.reset();
        if (!log_->is_damaged()) refill_epoch_.reset();
        if (const auto registration = std::exchange(to_lead_, std::nullopt)) {
            known_high_watermark_ = std::min(known_high_watermark_, durable_end);
            lead(*registration, now_ms);
            limit_readers();
        }
    }
    if (follower_) {
        if (log_->end() < high_watermark()) follower_->on_cut(log_->end());
        advanced = follower_->advance(durable_end);
    }
    if (leader_) advanced = leader_->advance(durable_end, now_ms);
    if (advanced) limit_readers();
    return advanced;
}

Result<log::Appended> Replica::append(log::SharedSpan batch, bool all, std::int64_t now_ms) {
    if (!leader_) return Error{Errc::not_leader, "another node leads this partition"};
    if (all && !leader_->takes_all()) {
        return Error{Errc::busy, "fewer replicas are in sync than min.insync.replicas asks for"};
    }
    return log_->append(std::move(batch), epoch_, now_ms);
}

FetchAnswer Replica::answer(NodeId node, BrokerEpoch broker_epoch, const FetchedPartition& fetch,
                            std::size_t max_bytes, std::int64_t now_ms) {
    FetchAnswer answer;
    auto& reply = answer.reply;
    reply.key = fetch.key;
    reply.leader_epoch = epoch_;
    reply.log_start = log_->log_start();
    reply.log_end = log_->durable_end();
    reply.high_watermark = high_watermark();
    if (!leader_) {
        reply.error = FetchError::not_leader;
        return answer;
    }
    const auto verdict =
        leader_->on_fetch(node, broker_epoch, fetch, {.start = reply.log_start, .durable_end = reply.log_end},
                          log_->end_of_epoch(fetch.last_fetched_epoch), now_ms);
    answer.advanced = verdict.advanced;
    if (verdict.advanced) limit_readers();
    reply.error = verdict.error;
    reply.diverging = verdict.diverging;
    reply.high_watermark = high_watermark();
    if (reply.error != FetchError::none || reply.diverging) return answer;
    if (max_bytes == 0) return answer;
    const auto run = log_->epoch_at(fetch.fetch_offset);
    auto ranges = log_->read(fetch.fetch_offset, std::min(run.end, reply.log_end), max_bytes);
    if (ranges) {
        answer.ranges = std::move(*ranges);
        reply.batches_epoch = run.epoch;
        for (const auto& range : answer.ranges) reply.batch_bytes += static_cast<std::uint32_t>(range.size);
    } else {
        const bool before = ranges.error().code == Errc::offset_out_of_range;
        reply.error = before ? FetchError::offset_out_of_range : FetchError::storage;
    }
    return answer;
}

std::optional<AlterInSync> Replica::propose(std::int64_t now_ms) {
    return leader_ ? leader_->propose(now_ms) : std::nullopt;
}

bool Replica::on_outcome(const AlterInSync& proposal, AlterOutcome outcome, std::int64_t now_ms) {
    if (!leader_ || !leader_->on_outcome(proposal, outcome, now_ms)) return false;
    limit_readers();
    return true;
}

std::optional<FetchedPartition> Replica::next_fetch() const {
    if (!follower_ || cut_) return std::nullopt;
    if (!log_->is_damaged()) return follower_->next_fetch(log_->key(), local());
    if (!may_refill()) return std::nullopt;
    // As one that has nothing: no leader may count on what is about to go.
    return FetchedPartition{.key = log_->key(),
                            .leader_epoch = epoch_,
                            .fetch_offset = log_->log_start(),
                            .last_fetched_epoch = no_epoch,
                            .log_start = log_->log_start()};
}

// There is a leader to fill the damaged log again: it goes, and fetching begins where the leader's begins.
Result<FollowerStep> Replica::empty(const FetchedPartition& asked, const FetchedReply& reply) {
    const bool is_answer = may_refill() && asked.leader_epoch == epoch_ && reply.leader_epoch == epoch_ &&
                           asked.fetch_offset == log_->log_start();
    const bool is_led = reply.error == FetchError::none || reply.error == FetchError::offset_out_of_range;
    if (!is_answer || !is_led) return FollowerStep{.kind = FollowerStep::Kind::wait};
    auto done = log_->reset_to(reply.log_start);
    if (!done) return done.error();
    on_cut(*done, reply.log_start);
    return FollowerStep{.kind = FollowerStep::Kind::reset, .offset = reply.log_start};
}

void Replica::on_cut(log::Ticket ticket, Offset offset) {
    cut_ = ticket;
    // It may come to lie lower still, at a batch's start.
    follower_->on_cut(offset);
    limit_readers();
}

Result<FollowerStep> Replica::on_reply(const FetchedPartition& asked, const FetchedReply& reply,
                                       std::int64_t now_ms) {
    if (!follower_) return FollowerStep{};
    if (log_->is_damaged()) return empty(asked, reply);
    const auto step = follower_->on_reply(asked, reply, local(),
                                          [&](LeaderEpoch epoch) { return log_->end_of_epoch(epoch); });
    if (step.advanced) limit_readers();
    if (step.kind == FollowerStep::Kind::append) {
        auto done = log_->append_as_follower(reply.batches, now_ms);
        if (!done) return done.error();
    }
    if (step.kind == FollowerStep::Kind::truncate || step.kind == FollowerStep::Kind::reset) {
        auto done = step.kind == FollowerStep::Kind::truncate ? log_->truncate_to(step.offset)
                                                              : log_->reset_to(step.offset);
        if (!done) return done.error();
        on_cut(*done, step.offset);
    }
    const auto leader_start = std::min(reply.log_start, high_watermark());
    if (step.kind == FollowerStep::Kind::append && leader_start > log_->log_start()) {
        (void)log_->delete_before(std::min(leader_start, log_->durable_end()));
    }
    return step;
}

}  // namespace weir::replication
