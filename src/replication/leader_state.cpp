// The leader's decisions.
#include "replication/leader_state.hpp"

#include "base/assert.hpp"

namespace weir::replication {

std::optional<log::EpochEnd> find_divergence(const FetchedPartition& fetch, Offset log_start,
                                             const std::optional<log::EpochEnd>& end_of_last_epoch) {
    if (fetch.last_fetched_epoch < LeaderEpoch{0}) return std::nullopt;
    // The leader has nothing of that epoch or before it: nothing of the follower's log can stay.
    if (!end_of_last_epoch) return log::EpochEnd{no_epoch, log_start};
    const bool same =
        end_of_last_epoch->epoch == fetch.last_fetched_epoch && end_of_last_epoch->end >= fetch.fetch_offset;
    if (same) return std::nullopt;
    return end_of_last_epoch;
}

LeaderState::LeaderState(NodeId self, PartitionRegistration registration, Offset durable_end,
                         Offset high_watermark, const LeaderOptions& options, std::int64_t now_ms)
    : self_(self),
      options_(options),
      registration_(std::move(registration)),
      epoch_start_(durable_end),
      durable_end_(durable_end),
      high_watermark_(high_watermark) {
    ASSERT(registration_.leader == self);
    welcome(registration_, now_ms);
}

// Members that are new here have had no time yet to fall behind.
void LeaderState::welcome(const PartitionRegistration& registration, std::int64_t now_ms) {
    for (const auto& member : registration.in_sync) {
        auto& follower = followers_[member.node];
        if (!is_member(member.node) || !follower.position) {
            follower.caught_up_ms = std::max(follower.caught_up_ms, now_ms);
        }
    }
}

bool LeaderState::update(const PartitionRegistration& registration, std::int64_t now_ms) {
    ASSERT(registration.leader_epoch == registration_.leader_epoch && registration.leader == self_);
    if (registration.partition_epoch < registration_.partition_epoch) return false;
    if (registration.partition_epoch > registration_.partition_epoch) {
        proposed_.reset();  // it was committed with this, or can't be any more
        lingering_.clear();
        again_ = repeated_ = false;
        welcome(registration, now_ms);
    }
    registration_ = registration;
    return raise();
}

bool LeaderState::advance(Offset durable_end, std::int64_t now_ms) {
    extend(durable_end, now_ms);
    return raise();
}

// Who had all that there was does not ask while there is nothing new: it lags from now on.
void LeaderState::extend(Offset durable_end, std::int64_t now_ms) {
    if (durable_end <= durable_end_) return;
    for (auto& [node, follower] : followers_) {
        if (follower.position && *follower.position >= durable_end_)
            follower.caught_up_ms = std::max(follower.caught_up_ms, now_ms);
    }
    durable_end_ = durable_end;
}

// At most as many as there are: else such a partition could never be written.
std::int32_t LeaderState::needed() const {
    return std::min(registration_.min_in_sync, static_cast<std::int32_t>(registration_.replicas.size()));
}

bool LeaderState::is_member(NodeId node) const {
    return std::ranges::find(registration_.in_sync, node, &InSyncReplica::node) !=
           registration_.in_sync.end();
}

// What an older incarnation had may have gone with it.
Offset LeaderState::position_of(const InSyncReplica& member) const {
    if (member.node == self_) return durable_end_;
    const auto found = followers_.find(member.node);
    if (found == followers_.end() || !found->second.position) return Offset{0};
    return found->second.broker_epoch < member.broker_epoch ? Offset{0} : *found->second.position;
}

// A member that the controller may count on already, or may count on still, must have what is committed: the
// committed set and the proposed one both count. With fewer than min.insync.replicas nothing is committed,
// so that the members that left last stay eligible (KIP-966).
bool LeaderState::raise() {
    if (!takes_all()) return false;
    auto reached = durable_end_;
    for (const auto& member : registration_.in_sync) reached = std::min(reached, position_of(member));
    if (proposed_) {
        for (const auto& member : proposed_->in_sync) reached = std::min(reached, position_of(member));
    }
    for (const auto& member : lingering_) reached = std::min(reached, position_of(member));
    if (reached <= high_watermark_) return false;
    high_watermark_ = reached;
    return true;
}

std::optional<Offset> LeaderState::client_high_watermark() const {
    if (high_watermark_ < epoch_start_) return std::nullopt;
    return high_watermark_;
}

std::optional<FetchError> LeaderState::refusal(NodeId node, BrokerEpoch broker_epoch,
                                               const FetchedPartition& fetch) const {
    if (fetch.leader_epoch < epoch()) return FetchError::fenced_leader_epoch;
    if (fetch.leader_epoch > epoch()) return FetchError::unknown_leader_epoch;
    const bool replica =
        node != self_ && std::ranges::find(registration_.replicas, node) != registration_.replicas.end();
    if (!replica) return FetchError::not_a_replica;
    if (const auto known = followers_.find(node);
        known != followers_.end() && broker_epoch < known->second.broker_epoch) {
        return FetchError::stale_broker_epoch;
    }
    for (const auto& member : registration_.in_sync) {
        if (member.node == node && broker_epoch < member.broker_epoch) return FetchError::stale_broker_epoch;
    }
    return std::nullopt;
}

FetchVerdict LeaderState::on_fetch(NodeId node, BrokerEpoch broker_epoch, const FetchedPartition& fetch,
                                   const FetchableLog& log,
                                   const std::optional<log::EpochEnd>& end_of_last_epoch,
                                   std::int64_t now_ms) {
    FetchVerdict verdict;
    extend(log.durable_end, now_ms);
    if (const auto refused = refusal(node, broker_epoch, fetch)) {
        verdict.error = *refused;
        return verdict;
    }
    auto& follower = followers_[node];
    if (broker_epoch > follower.broker_epoch) {
        follower.broker_epoch = broker_epoch;
        follower.position.reset();
    }
    if (fetch.fetch_offset < log.start) {
        verdict.error = FetchError::offset_out_of_range;
        return verdict;
    }
    verdict.diverging = find_divergence(fetch, log.start, end_of_last_epoch);
    if (verdict.diverging) return verdict;
    if (fetch.fetch_offset > log.durable_end) {
        verdict.error = FetchError::offset_out_of_range;
        return verdict;
    }
    note(follower, fetch.fetch_offset, now_ms);
    verdict.advanced = raise();
    return verdict;
}

// It has caught up if it has all that there is, or all that there was when it asked last (KIP-16).
void LeaderState::note(Follower& follower, Offset fetch_offset, std::int64_t now_ms) const {
    if (fetch_offset >= durable_end_) {
        follower.caught_up_ms = std::max(follower.caught_up_ms, now_ms);
    } else if (fetch_offset >= follower.leader_end) {
        follower.caught_up_ms = std::max(follower.caught_up_ms, follower.fetched_ms);
    }
    follower.fetched_ms = now_ms;
    follower.leader_end = durable_end_;
    // A late fetch of this epoch and incarnation takes nothing back.
    follower.position = std::max(follower.position.value_or(Offset{0}), fetch_offset);
}

bool LeaderState::keeps_up(const InSyncReplica& member, std::int64_t now_ms) const {
    if (member.node == self_) return true;
    const auto found = followers_.find(member.node);
    if (found == followers_.end()) return false;
    const auto& follower = found->second;
    if (follower.broker_epoch > member.broker_epoch) return false;  // has started anew since
    if (follower.position && *follower.position >= durable_end_) return true;
    return now_ms - follower.caught_up_ms <= options_.replica_lag_time_max_ms;
}

// The high watermark alone does not do: a new leader's may be behind what was committed before it.
bool LeaderState::may_join(NodeId node, const Follower& follower, std::int64_t now_ms) const {
    return node != self_ && !is_member(node) && follower.position && *follower.position >= high_watermark_ &&
           *follower.position >= epoch_start_ &&
           now_ms - follower.fetched_ms <= options_.replica_lag_time_max_ms;
}

std::optional<AlterInSync> LeaderState::propose(std::int64_t now_ms) {
    if (proposed_ && !again_) return std::nullopt;
    if (now_ms < next_proposal_ms_) return std::nullopt;
    if (proposed_) {
        again_ = false;
        repeated_ = true;
        return proposed_;
    }
    const auto leaves = [&](const InSyncReplica& member) { return !keeps_up(member, now_ms); };
    const auto joins = [&](const auto& entry) { return may_join(entry.first, entry.second, now_ms); };
    // Nothing is to be put in order in the log itself: a leader has recovered once it leads, and says so.
    if (!registration_.is_recovering && std::ranges::none_of(registration_.in_sync, leaves) &&
        std::ranges::none_of(followers_, joins))
        return std::nullopt;
    AlterInSync wanted{.leader_epoch = epoch(), .partition_epoch = registration_.partition_epoch};
    std::ranges::remove_copy_if(registration_.in_sync, std::back_inserter(wanted.in_sync), leaves);
    for (const auto& [node, follower] : followers_) {
        if (may_join(node, follower, now_ms)) wanted.in_sync.push_back({node, follower.broker_epoch});
    }
    proposed_ = wanted;
    repeated_ = false;
    return wanted;
}

bool LeaderState::on_outcome(const AlterInSync& proposal, AlterOutcome outcome, std::int64_t now_ms) {
    if (!proposed_ || *proposed_ != proposal) return false;
    if (outcome == AlterOutcome::committed) return false;
    next_proposal_ms_ = now_ms + options_.refused_pause_ms;
    if (outcome == AlterOutcome::unknown) {
        again_ = true;
        return false;
    }
    if (repeated_) {
        for (const auto& member : proposed_->in_sync) {
            if (std::ranges::find(lingering_, member) == lingering_.end()) lingering_.push_back(member);
        }
    }
    proposed_.reset();
    again_ = repeated_ = false;
    return raise();
}

}  // namespace weir::replication
