// What the journal holds of a segment since the last checkpoint: recovery only notes it, and the segment's
// file is written from it before its first use.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/partition_log.hpp"
#include "runtime/file.hpp"

namespace weir::log {

// The journal's files, to be read once more. They stay as replayed until a checkpoint, which no segment
// outlives without its repair. Safe from any thread.
class ReplayedJournal {
  public:
    // `first`: the number of the file where the replay began.
    ReplayedJournal(runtime::FileSystem& files, std::string directory, std::uint64_t first)
        : files_(files), directory_(std::move(directory)), first_(first) {}

    std::uint64_t first() const { return first_; }
    // Fills `out` from the `file`th after the first. Errors: those of opening and reading; corrupt if the
    // file ends before.
    Result<void> read(std::uint32_t file, std::uint64_t position, ByteSpan out);

  private:
    Result<std::shared_ptr<runtime::File>> open(std::uint32_t file);

    runtime::FileSystem& files_;
    const std::string directory_;
    const std::uint64_t first_;
    std::mutex mutex_;
    std::map<std::uint32_t, std::shared_ptr<runtime::File>> open_;
};

// A batch in the journal, and where it belongs.
struct JournalPiece {
    std::uint64_t segment_position = 0;
    std::uint64_t journal_position = 0;
    std::uint32_t journal_file = 0;  // counted from the first one replayed
    std::uint32_t bytes = 0;
};

// Of a segment that is not durable as recovery describes it.
struct SegmentRepair {
    Offset base;  // the segment's
    std::shared_ptr<ReplayedJournal> journal;
    std::vector<JournalPiece> pieces;  // in the segment's order; none if it only has to be synced

    // Writes the pieces to `stem`.log, which is made if it is not there. All of them, even if the file seems
    // to hold them: after a failed sync the page cache shows what the disk does not have. Errors: those of
    // files; corrupt if the journal is no longer as it was replayed.
    Result<void> run(runtime::FileSystem& files, const std::string& stem) const;
};

}  // namespace weir::log
