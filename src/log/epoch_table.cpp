// The history of leader epochs.
#include "log/epoch_table.hpp"

namespace weir::log {

void EpochTable::assign(LeaderEpoch epoch, Offset start) {
    if (epoch < LeaderEpoch{0}) return;
    // Of a log that was emptied and has forgotten its last epoch, as after a roll-back.
    while (!rows_.empty() && rows_.back().start >= start && rows_.back().epoch > epoch) rows_.pop_back();
    if (!rows_.empty() && rows_.back().epoch >= epoch) return;
    rows_.push_back({epoch, start});
}

void EpochTable::truncate_from(Offset end) {
    while (!rows_.empty() && rows_.back().start >= end) rows_.pop_back();
}

void EpochTable::drop_before(Offset start) {
    const auto first_after = std::upper_bound(rows_.begin(), rows_.end(), start,
                                              [](Offset o, const EpochStart& row) { return o < row.start; });
    if (first_after == rows_.begin()) return;
    const auto current = std::prev(first_after);
    current->start = start;
    rows_.erase(rows_.begin(), current);
}

std::optional<EpochEnd> EpochTable::end_of(LeaderEpoch epoch, Offset log_end) const {
    const auto next = std::upper_bound(rows_.begin(), rows_.end(), epoch,
                                       [](LeaderEpoch e, const EpochStart& row) { return e < row.epoch; });
    if (next == rows_.begin()) return std::nullopt;
    const auto end = next == rows_.end() ? log_end : std::min(next->start, log_end);
    return EpochEnd{std::prev(next)->epoch, end};
}

LeaderEpoch EpochTable::last_before(Offset end) const {
    const auto next = std::lower_bound(rows_.begin(), rows_.end(), end,
                                       [](const EpochStart& row, Offset o) { return row.start < o; });
    if (next != rows_.begin()) return std::prev(next)->epoch;
    return rows_.size() == 1 && next->start == end ? next->epoch : no_epoch;
}

LeaderEpoch EpochTable::at(Offset offset) const {
    return run_at(offset, offset).epoch;
}

EpochEnd EpochTable::run_at(Offset offset, Offset log_end) const {
    const auto next = std::upper_bound(rows_.begin(), rows_.end(), offset,
                                       [](Offset o, const EpochStart& row) { return o < row.start; });
    return {next == rows_.begin() ? no_epoch : std::prev(next)->epoch,
            next == rows_.end() ? log_end : std::min(next->start, log_end)};
}

}  // namespace weir::log
