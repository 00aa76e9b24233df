// What a log remembers of its idempotent producers, so that a batch sent twice is stored once (KIP-98).
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "log/batch_format.hpp"
#include "log/partition_log.hpp"

namespace weir::log {

struct ProducerBatch {
    Offset base_offset;
    std::int64_t timestamp_ms = -1;  // when it was appended; with log-append time the one that is in it
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    ProducerEpoch epoch;
    bool operator==(const ProducerBatch&) const = default;
};

struct ProducerState {
    ProducerId id;
    std::vector<ProducerBatch> batches;  // oldest first; never empty
};

// Holds a producer's last batches, the durable ones and those on their way, so that the latter can be taken
// back. Not safe from several threads.
class ProducerTable {
  public:
    static constexpr std::size_t remembered_batches = 5;  // as many as a client has in flight

    // Whether the batch may be appended: nothing if it is new, what was noted if it was appended before.
    // Errors: out_of_order_sequence, stale_producer_epoch. Batches without a producer are always new.
    Result<std::optional<ProducerBatch>> check(const BatchView& batch) const;
    // Notes an appended batch, unchecked. Of what lies before `durable_end`, the last five are kept.
    void add(const BatchView& batch, Offset base_offset, std::int64_t now_ms, Offset durable_end);
    void restore(ProducerState state);

    // The producers with fewer than five batches before `end` that have one at or after it: what they wrote
    // before may have been forgotten.
    std::vector<ProducerId> shortened_by(Offset end) const;
    // Takes back the batches at `end` and after it.
    void truncate_from(Offset end);
    // Forgets producers whose last batch came before `before_ms` and lies before `durable_end`.
    void expire(std::int64_t before_ms, Offset durable_end);

    // The producers as they are at `durable_end`, at most five batches each.
    std::vector<ProducerState> snapshot(Offset durable_end) const;
    std::vector<ProducerSummary> summaries() const;
    std::size_t size() const { return producers_.size(); }

  private:
    std::unordered_map<ProducerId, std::vector<ProducerBatch>> producers_;
};

}  // namespace weir::log
