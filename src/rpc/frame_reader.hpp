// Cuts a connection's bytes into frames, and checks them.
#pragma once

#include "rpc/frame.hpp"

namespace weir::rpc {

// Memory beyond 64 KiB grows with the bytes that have come, not with what a length field claims.
class FrameReader {
  public:
    FrameReader(std::size_t max_body_bytes, runtime::MemoryBudget& budget)
        : max_body_bytes_(max_body_bytes), budget_(budget) {}

    // Of the frames that begin from now on.
    void set_max_body_bytes(std::size_t bytes) { max_body_bytes_ = bytes; }

    // Where the next bytes from the connection shall go.
    ByteSpan buffer();
    void received(std::size_t count);

    // The next whole frame; null if more bytes are needed. Errors: corrupt, unsupported, limit_exceeded
    // (longer than allowed): the connection is of no more use; no_space (the memory budget is used up): ask
    // again later.
    Result<std::shared_ptr<Frame>> next();

  private:
    Result<void> begin_frame();
    Result<void> grow_frame(std::size_t capacity);
    Result<std::shared_ptr<Frame>> end_frame();

    std::size_t max_body_bytes_;
    runtime::MemoryBudget& budget_;
    Bytes input_;  // bytes from begin_ to end_ have come and belong to no frame yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::shared_ptr<Frame> frame_;  // of which filled_ bytes are there, and room for capacity_
    std::size_t filled_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace weir::rpc
