// The mark: up to where the log is known to be durable. Damage below it is corruption, above it a torn tail.
#pragma once

#include <memory>
#include <string>

#include "consensus/metadata_log.hpp"
#include "consensus/two_slot_file.hpp"

namespace weir::consensus {

struct DurablePoint {
    LogIndex first = 1;       // the log file in use: its first index
    LogIndex last = 0;        // the last durable entry
    std::uint64_t end = 0;    // where that entry ends in the file
    std::uint32_t chain = 0;  // its checksum
    bool operator==(const DurablePoint&) const = default;
};

// The file `mark`.
class DurableMark {
  public:
    static Result<std::unique_ptr<DurableMark>> create(runtime::FileSystem& files,
                                                       const std::string& directory,
                                                       const DurablePoint& point);
    // Errors: not_found, corrupt, unsupported, io_error.
    static Result<std::unique_ptr<DurableMark>> open(runtime::FileSystem& files,
                                                     const std::string& directory);

    const DurablePoint& point() const { return point_; }
    // Survives the process, but not the machine before sync().
    Result<void> write(const DurablePoint& point);
    Result<void> sync() { return file_->sync(); }

  private:
    DurableMark(std::unique_ptr<TwoSlotFile> file, const DurablePoint& point)
        : file_(std::move(file)), point_(point) {}

    std::unique_ptr<TwoSlotFile> file_;
    DurablePoint point_;
};

}  // namespace weir::consensus
