// The mark: up to where the log is known to be durable. Damage below it is corruption, above it a torn tail.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "consensus/metadata_log.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

struct DurablePoint {
    LogIndex first = 1;       // the log file in use: its first index
    LogIndex last = 0;        // the last durable entry
    std::uint64_t end = 0;    // where that entry ends in the file
    std::uint32_t chain = 0;  // its checksum
    bool operator==(const DurablePoint&) const = default;
};

// The file `mark`: two slots, written in turn, so that a torn write of one leaves the other.
class DurableMark {
  public:
    // Makes the file with both slots filled, so that no later write needs space.
    static Result<std::unique_ptr<DurableMark>> create(runtime::FileSystem& files,
                                                       const std::string& directory,
                                                       const DurablePoint& point);
    // Errors: not_found, corrupt, unsupported, io_error.
    static Result<std::unique_ptr<DurableMark>> open(runtime::FileSystem& files,
                                                     const std::string& directory);

    const DurablePoint& point() const { return point_; }
    // Survives the process, but not the machine before sync().
    Result<void> write(const DurablePoint& point);
    Result<void> sync() { return file_->sync_data(); }

  private:
    explicit DurableMark(std::unique_ptr<runtime::File> file) : file_(std::move(file)) {}

    std::unique_ptr<runtime::File> file_;
    std::uint64_t sequence_ = 0;  // of the newer slot
    DurablePoint point_;
};

}  // namespace weir::consensus
