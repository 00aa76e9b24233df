// Reads a segment file batch by batch, whole and checked: for recovery and for `weir log dump`.
#pragma once

#include <optional>

#include "log/batch_walker.hpp"

namespace weir::log {

struct StoredBatch {
    BatchPlace place;
    ByteView bytes;  // valid until the next call

    BatchView view() const { return BatchView{bytes.data()}; }
};

class SegmentReader {
  public:
    // Reads `file` from a batch boundary at `position` up to `end`.
    SegmentReader(runtime::File& file, std::uint64_t position, std::uint64_t end);

    // The next batch whose structure and checksum hold; nothing at the end or where none does: position()
    // tells which. Errors: io_error.
    Result<std::optional<StoredBatch>> next();
    std::uint64_t position() const { return position_; }

  private:
    Result<bool> fill(std::uint64_t bytes);

    runtime::File& file_;
    std::uint64_t position_;
    std::uint64_t end_;
    Bytes buffer_;
    std::uint64_t buffer_position_ = 0;
    std::size_t buffered_ = 0;
};

}  // namespace weir::log
