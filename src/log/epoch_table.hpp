// Which leader epoch wrote from which offset on: a log's history of leaders, for readers that check their
// position and for followers that look for where their logs part.
#pragma once

#include <optional>
#include <vector>

#include "log/partition_log.hpp"

namespace weir::log {

struct EpochStart {
    LeaderEpoch epoch;
    Offset start;
    bool operator==(const EpochStart&) const = default;
};

// Both columns rise strictly from row to row. Not safe from several threads.
class EpochTable {
  public:
    EpochTable() = default;
    explicit EpochTable(std::vector<EpochStart> rows) : rows_(std::move(rows)) {}

    // Notes that a batch of `epoch` begins at `start`; nothing changes unless the epoch is a new, greater
    // one.
    void assign(LeaderEpoch epoch, Offset start);
    // Forgets the epochs that began at `end` or after it.
    void truncate_from(Offset end);
    // Forgets the epochs that ended at `start` or before it.
    void drop_before(Offset start);

    std::optional<EpochEnd> end_of(LeaderEpoch epoch, Offset log_end) const;
    // The epoch of the last batch before `end`; of an empty log, that of the batches it had.
    LeaderEpoch last_before(Offset end) const;
    LeaderEpoch at(Offset offset) const;  // the epoch of the batch at `offset`; no_epoch if unknown
    // The same, and where that epoch's batches end.
    EpochEnd run_at(Offset offset, Offset log_end) const;
    const std::vector<EpochStart>& rows() const { return rows_; }

  private:
    std::vector<EpochStart> rows_;
};

}  // namespace weir::log
