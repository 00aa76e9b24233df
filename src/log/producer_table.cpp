// The idempotent producers of one log.
#include "log/producer_table.hpp"

#include <limits>

#include "base/assert.hpp"

namespace weir::log {

namespace {

constexpr std::int64_t sequences = std::int64_t{1} << 31;  // after 2^31 - 1 comes 0

std::int32_t advance(std::int32_t sequence, std::int32_t by) {
    return static_cast<std::int32_t>((std::int64_t{sequence} + by) % sequences);
}

Error out_of_order(const BatchView& batch, std::int32_t expected) {
    return {Errc::out_of_order_sequence,
            fmt::format("producer {} sent sequence {} where {} was expected", batch.producer_id().value,
                        batch.base_sequence(), expected)};
}

}  // namespace

Result<std::optional<ProducerBatch>> ProducerTable::check(const BatchView& batch) const {
    if (batch.producer_id() < ProducerId{0}) return std::optional<ProducerBatch>{};
    if (batch.base_sequence() < 0) return out_of_order(batch, 0);
    const auto found = producers_.find(batch.producer_id());
    if (found == producers_.end()) return std::optional<ProducerBatch>{};
    const auto& batches = found->second;
    const auto& last = batches.back();
    if (batch.producer_epoch() < last.epoch) {
        return Error{Errc::stale_producer_epoch,
                     fmt::format("producer {} has epoch {}, but epoch {} has written since",
                                 batch.producer_id().value, batch.producer_epoch().value, last.epoch.value)};
    }
    if (batch.producer_epoch() > last.epoch) {
        if (batch.base_sequence() != 0) return out_of_order(batch, 0);
        return std::optional<ProducerBatch>{};
    }
    const auto last_sequence = advance(batch.base_sequence(), batch.last_offset_delta());
    const auto seen = std::min(batches.size(), remembered_batches);
    for (auto known = batches.end() - static_cast<std::ptrdiff_t>(seen); known != batches.end(); ++known) {
        if (known->epoch == batch.producer_epoch() && known->first_sequence == batch.base_sequence() &&
            known->last_sequence == last_sequence) {
            return std::optional<ProducerBatch>{*known};
        }
    }
    const auto expected = advance(last.last_sequence, 1);
    if (batch.base_sequence() != expected) return out_of_order(batch, expected);
    return std::optional<ProducerBatch>{};
}

void ProducerTable::add(const BatchView& batch, Offset base_offset, std::int64_t now_ms, Offset durable_end) {
    if (batch.producer_id() < ProducerId{0}) return;
    auto& batches = producers_[batch.producer_id()];
    if (batches.size() >= 2 * remembered_batches) {
        const auto durable = std::partition_point(batches.begin(), batches.end(),
                                                  [&](const auto& b) { return b.base_offset < durable_end; });
        const auto kept = static_cast<std::ptrdiff_t>(remembered_batches);
        if (durable - batches.begin() > kept) batches.erase(batches.begin(), durable - kept);
    }
    const bool has_time = batch.timestamp_type() == TimestampType::log_append_time;
    batches.push_back({.base_offset = base_offset,
                       .timestamp_ms = has_time ? batch.max_timestamp() : now_ms,
                       .first_sequence = batch.base_sequence(),
                       .last_sequence = advance(batch.base_sequence(), batch.last_offset_delta()),
                       .epoch = batch.producer_epoch()});
}

void ProducerTable::restore(ProducerState state) {
    ASSERT(!state.batches.empty());
    producers_[state.id] = std::move(state.batches);
}

std::vector<ProducerId> ProducerTable::shortened_by(Offset end) const {
    std::vector<ProducerId> ids;
    for (const auto& [id, batches] : producers_) {
        const auto kept = std::ranges::count_if(batches, [&](const auto& b) { return b.base_offset < end; });
        const bool cut = batches.back().base_offset >= end;
        if (cut && static_cast<std::size_t>(kept) < remembered_batches) ids.push_back(id);
    }
    return ids;
}

void ProducerTable::truncate_from(Offset end) {
    for (auto producer = producers_.begin(); producer != producers_.end();) {
        auto& batches = producer->second;
        while (!batches.empty() && batches.back().base_offset >= end) batches.pop_back();
        producer = batches.empty() ? producers_.erase(producer) : std::next(producer);
    }
}

void ProducerTable::expire(std::int64_t before_ms, Offset durable_end) {
    std::erase_if(producers_, [&](const auto& producer) {
        const auto& last = producer.second.back();
        return last.timestamp_ms < before_ms && last.base_offset < durable_end;
    });
}

std::vector<ProducerState> ProducerTable::snapshot(Offset durable_end) const {
    std::vector<ProducerState> states;
    states.reserve(producers_.size());
    for (const auto& [id, batches] : producers_) {
        const auto end = std::partition_point(batches.begin(), batches.end(),
                                              [&](const auto& b) { return b.base_offset < durable_end; });
        const auto count = std::min<std::ptrdiff_t>(end - batches.begin(), remembered_batches);
        if (count > 0) states.push_back({id, {end - count, end}});
    }
    std::ranges::sort(states, {}, &ProducerState::id);
    return states;
}

std::vector<ProducerSummary> ProducerTable::summaries() const {
    std::vector<ProducerSummary> all;
    all.reserve(producers_.size());
    for (const auto& [id, batches] : producers_) {
        const auto& last = batches.back();
        all.push_back({id, last.epoch, last.last_sequence, last.timestamp_ms});
    }
    std::ranges::sort(all, {}, &ProducerSummary::id);
    return all;
}

}  // namespace weir::log
