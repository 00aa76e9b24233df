// The follower's decisions.
#include "replication/follower_state.hpp"

#include "log/batch_walker.hpp"

namespace weir::replication {

namespace {

// Where a run of whole batches of `epoch` that begins at `offset` ends; nothing if they are not that.
std::optional<Offset> end_of(ByteView batches, Offset offset, LeaderEpoch epoch) {
    while (!batches.empty()) {
        const auto place = batches.size() < log::batch_header_size
                               ? std::nullopt
                               : log::place_of(batches.data(), 0, batches.size());
        if (!place || place->base != offset) return std::nullopt;
        if (log::BatchView{batches.data()}.leader_epoch() != epoch) return std::nullopt;
        offset = place->next;
        batches = batches.subspan(place->size);
    }
    return offset;
}

}  // namespace

std::optional<FetchedPartition> FollowerState::next_fetch(const log::LogKey& key, const LocalLog& log) const {
    if (log.end != log.durable_end) return std::nullopt;
    return FetchedPartition{.key = key,
                            .leader_epoch = epoch_,
                            .fetch_offset = log.durable_end,
                            .last_fetched_epoch = log.last_epoch,
                            .log_start = log.start};
}

FollowerStep FollowerState::on_reply(const FetchedPartition& asked, const FetchedReply& reply,
                                     const LocalLog& log, const EndOfEpoch& end_of_epoch) {
    const bool current = asked.leader_epoch == epoch_ && asked.fetch_offset == log.end &&
                         log.end == log.durable_end && asked.last_fetched_epoch == log.last_epoch;
    if (!current) return {};
    if (reply.error == FetchError::offset_out_of_range && reply.leader_epoch == epoch_) {
        return on_out_of_range(reply, log);
    }
    if (reply.error != FetchError::none || reply.leader_epoch != epoch_) {
        return {.kind = FollowerStep::Kind::wait};
    }
    if (reply.diverging) return on_diverging(*reply.diverging, log, end_of_epoch);
    // Two logs that have the same epoch at an offset are the same up to there, so that these batches continue
    // this log even if the leader's has been cut since.
    const auto end = end_of(reply.batches.bytes, asked.fetch_offset, reply.batches_epoch);
    if (!end) return {.kind = FollowerStep::Kind::wait, .is_refused = true};
    agreed_end_ = std::max(agreed_end_, *end);
    leader_high_watermark_ = std::max(leader_high_watermark_, reply.high_watermark);
    FollowerStep step;
    step.advanced = advance(log.durable_end);
    if (!reply.batches.bytes.empty()) step.kind = FollowerStep::Kind::append;
    return step;
}

// The log can be the leader's only up to the end of the last epoch that both have (KIP-279). It may take some
// rounds: each goes at least one epoch back.
FollowerStep FollowerState::on_diverging(const log::EpochEnd& diverging, const LocalLog& log,
                                         const EndOfEpoch& end_of_epoch) const {
    if (diverging.epoch < LeaderEpoch{0}) return cut_at(FollowerStep::Kind::reset, diverging.end);
    const auto own = end_of_epoch(diverging.epoch);
    const auto offset = own ? std::min(own->end, diverging.end) : log.start;
    if (offset >= log.end) return {.kind = FollowerStep::Kind::wait};  // it makes no sense: ask again
    return cut_at(FollowerStep::Kind::truncate, std::max(offset, log.start));
}

FollowerStep FollowerState::on_out_of_range(const FetchedReply& reply, const LocalLog& log) const {
    if (log.end < reply.log_start) return cut_at(FollowerStep::Kind::reset, reply.log_start);
    if (log.end > reply.log_end)
        return cut_at(FollowerStep::Kind::truncate, std::max(reply.log_end, log.start));
    return {.kind = FollowerStep::Kind::wait};
}

FollowerStep FollowerState::cut_at(FollowerStep::Kind kind, Offset offset) const {
    const bool committed = kind == FollowerStep::Kind::truncate && offset < high_watermark_;
    return {.kind = kind, .offset = offset, .cuts_committed = committed};
}

bool FollowerState::advance(Offset durable_end) {
    const auto reached = std::min({leader_high_watermark_, agreed_end_, durable_end});
    if (reached <= high_watermark_) return false;
    high_watermark_ = reached;
    return true;
}

void FollowerState::on_cut(Offset end) {
    high_watermark_ = std::min(high_watermark_, end);
    agreed_end_ = std::min(agreed_end_, end);
}

}  // namespace weir::replication
