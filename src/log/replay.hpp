// Replaying the journal onto the logs' state and their segment files.
#pragma once

#include <unordered_map>

#include "log/checkpoint.hpp"
#include "log/topic_files.hpp"

namespace weir::log {

class Replay {
  public:
    Replay(runtime::FileSystem& files, TopicFiles& topics, Checkpoint checkpoint);

    // Takes a round over. The batches are written when enough have come together, or on flush().
    Result<void> apply(JournalRound round);
    Result<void> flush();
    // Finds the batches that were written without the journal, behind what is known.
    Result<void> scan_unlogged();
    // Cuts what lies behind the logs' ends and removes files that no log has.
    Result<void> tidy();

    std::vector<LogState> logs() const;
    std::vector<RemovedLog> removed() const;

  private:
    struct Log {
        LogState state;
        EpochTable epochs;
        ProducerTable producers;
        std::unordered_map<std::int64_t, std::uint64_t> promised;  // segment base -> size in the checkpoint
        std::vector<ByteView> queued;  // to be written at the end of the last segment
        std::uint64_t queued_bytes = 0;
        std::optional<Error> doubt;  // something did not fit; may be of a time before a cut, else damage
    };

    Result<void> apply_entry(const JournalRound& round, const JournalEntry& entry);
    Result<void> apply_batch(Log& log, const RoundHeader& header, const JournalEntry& entry);
    Result<void> apply_start(Log& log, Offset offset);
    Result<void> apply_cut(Log& log, ByteView data);
    void take_batch(Log& log, const BatchPlace& place, const std::uint8_t* bytes, std::int64_t time_ms);
    void begin_segment(Log& log, Offset base, std::int64_t time_ms);
    Result<void> write_queued(Log& log);
    Result<void> scan(Log& log);
    Result<bool> scan_segment(Log& log, std::uint64_t from);
    Result<void> check_promise(const Log& log, const SegmentState& segment) const;
    std::string stem(const Log& log, Offset base) const;

    runtime::FileSystem& files_;
    TopicFiles& topics_;
    std::unordered_map<LogKey, Log, LogKeyHash> logs_;
    std::unordered_map<LogKey, std::uint64_t, LogKeyHash> removed_;
    std::vector<JournalRound> held_;  // keep alive what is queued
    std::uint64_t held_bytes_ = 0;
    std::vector<LogKey> waiting_;  // logs with queued batches
};

}  // namespace weir::log
