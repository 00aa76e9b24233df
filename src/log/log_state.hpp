// What a checkpoint keeps of one log, and what recovery makes of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "log/epoch_table.hpp"
#include "log/producer_table.hpp"
#include "log/segment.hpp"

namespace weir::log {

struct LogKeyHash {
    std::size_t operator()(const LogKey& key) const noexcept {
        return std::hash<Uuid>{}(key.topic_id) +
               static_cast<std::size_t>(key.partition.value) * 0x9e3779b97f4a7c15u;
    }
};

struct LogState {
    LogKey key;
    std::string label;
    Durability durability = Durability::journal;  // of the last batches
    Offset start;
    Offset end;
    std::uint64_t applied = 0;  // the last journal round that this state holds
    std::vector<SegmentState> segments;
    std::vector<EpochStart> epochs;
    std::vector<ProducerState> producers;
    std::vector<SegmentRepair> repairs;  // recovery only: of the segments that have changed since
    bool cut = false;                    // recovery only: the journal's tail cuts the log
    std::optional<Damage> damage;        // recovery only: its files are not what they were
};

}  // namespace weir::log
