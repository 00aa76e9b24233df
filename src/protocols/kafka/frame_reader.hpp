// Cuts a connection's bytes into Kafka's frames: a 4-byte length, then that many bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "runtime/memory_budget.hpp"

namespace weir::kafka {

// One request's bytes, alive as long as somebody refers to it: record batches are journalled from here.
class Frame {
  public:
    ByteSpan bytes() { return {data_.get(), size_}; }

  private:
    friend class FrameReader;
    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t size_ = 0;
    runtime::MemoryBudget::Charge charge_;
};

// Memory grows with the bytes that have come, not with what a length field claims.
class FrameReader {
  public:
    FrameReader(std::size_t max_frame_bytes, runtime::MemoryBudget& budget)
        : max_frame_bytes_(max_frame_bytes), budget_(budget) {}

    // Where the next bytes from the connection shall go.
    ByteSpan buffer();
    void received(std::size_t count);

    // The next whole frame; null if more bytes are needed. Errors: limit_exceeded (longer than allowed),
    // corrupt (a negative length), no_space (the memory budget is used up: ask again later).
    Result<std::shared_ptr<Frame>> next();

  private:
    Result<void> begin_frame(std::size_t size);
    Result<void> grow_frame();

    std::size_t max_frame_bytes_;
    runtime::MemoryBudget& budget_;
    Bytes input_;  // bytes from begin_ to end_ have come and belong to no frame yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::shared_ptr<Frame> frame_;  // of which filled_ bytes are there, and room for capacity_
    std::size_t filled_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace weir::kafka
