// Steps through the batches of a segment file by their headers, without reading the records.
#pragma once

#include <optional>

#include "log/batch_format.hpp"
#include "runtime/file.hpp"

namespace weir::log {

// Where one batch lies in its segment.
struct BatchPlace {
    Offset base;
    Offset next;
    std::uint64_t position = 0;
    std::uint64_t size = 0;
    std::int64_t max_timestamp_ms = -1;

    std::uint64_t end_position() const { return position + size; }
};

// The place of the batch whose header is at `header` (batch_header_size bytes), if it can be one: it fits
// into `room` bytes and its numbers make sense. Does not check the checksum.
std::optional<BatchPlace> place_of(const std::uint8_t* header, std::uint64_t position, std::uint64_t room);

inline constexpr std::size_t walk_bytes = 64 * 1024;  // what walks over headers alone read at once

class BatchWalker {
  public:
    // Walks `file` from `position`, where the batch of offset `expected` or a later one begins, up to `end`.
    // `chunk` is how much is read at a time: small for a few steps, large for a scan.
    BatchWalker(runtime::File& file, std::uint64_t position, Offset expected, std::uint64_t end,
                std::size_t chunk);

    // The next batch; nothing at the end. Errors: corrupt, io_error.
    Result<std::optional<BatchPlace>> next();
    // The header of the batch that next() has given last; valid until the next call.
    BatchView view() const { return BatchView{header_}; }

  private:
    Result<bool> fill();  // false if there is no whole header before the end

    runtime::File& file_;
    std::uint64_t position_;
    Offset expected_;
    std::uint64_t end_;
    Bytes buffer_;
    std::uint64_t buffer_position_ = 0;
    std::size_t buffered_ = 0;
    const std::uint8_t* header_ = nullptr;
};

}  // namespace weir::log
