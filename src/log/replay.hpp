// Replaying the journal onto the logs' state; what it holds of their segments is noted, not written.
#pragma once

#include <unordered_map>

#include "log/checkpoint.hpp"
#include "log/topic_files.hpp"

namespace weir::log {

class Replay {
  public:
    Replay(runtime::FileSystem& files, TopicFiles& topics, std::shared_ptr<ReplayedJournal> journal,
           Checkpoint checkpoint);

    Result<void> apply(const JournalRound& round);
    // Finds the batches that were written without the journal, behind what is known.
    Result<void> scan_unlogged();
    // Cuts what lies behind the logs' ends, but for damaged logs. Returns what no log has any more.
    Result<UnwantedFiles> tidy();

    // The logs' states, with the repairs that their segments need. The last call.
    std::vector<LogState> take_logs();
    std::vector<RemovedLog> removed() const;

  private:
    struct Log {
        LogState state;
        EpochTable epochs;
        ProducerTable producers;
        std::unordered_map<std::int64_t, std::uint64_t> promised;  // segment base -> size in the checkpoint
        Offset scanned;              // batches before it were found in the segments, whole
        std::optional<Error> doubt;  // something did not fit; may be of a time before a cut, else damage
    };

    Result<void> apply_entry(const JournalRound& round, const JournalEntry& entry);
    Result<void> apply_batch(Log& log, const JournalRound& round, const JournalEntry& entry);
    Result<void> apply_start(Log& log, Offset offset);
    Result<void> apply_cut(Log& log, ByteView data);
    void take_batch(Log& log, const BatchPlace& place, const std::uint8_t* bytes, std::int64_t time_ms);
    void begin_segment(Log& log, Offset base, std::int64_t time_ms);
    SegmentRepair& repair_of_last(Log& log) const;
    Result<void> scan_for_start(Log& log, Offset start);
    Result<void> scan(Log& log, Offset limit);
    Result<bool> scan_segment(Log& log, std::uint64_t from, Offset limit);
    std::optional<Damage> find_damage(const Log& log) const;
    Result<void> check_promise(const Log& log, const SegmentState& segment) const;
    Result<void> tidy(const Log& log, const SegmentState& segment);
    std::string stem(const Log& log, Offset base) const;

    runtime::FileSystem& files_;
    TopicFiles& topics_;
    std::shared_ptr<ReplayedJournal> journal_;
    std::unordered_map<LogKey, Log, LogKeyHash> logs_;
    std::unordered_map<LogKey, std::uint64_t, LogKeyHash> removed_;
};

}  // namespace weir::log
