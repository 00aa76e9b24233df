// Cuts a connection's bytes into frames, and checks them.
#pragma once

#include "rpc/frame.hpp"

namespace weir::rpc {

class FrameReader {
  public:
    FrameReader(std::size_t max_body_bytes, runtime::MemoryBudget& budget)
        : max_body_bytes_(max_body_bytes), input_(budget) {}

    // Of the frames that begin from now on.
    void set_max_body_bytes(std::size_t bytes) { max_body_bytes_ = bytes; }

    // Where the next bytes from the connection shall go.
    ByteSpan buffer() { return input_.buffer(); }
    void received(std::size_t count) { input_.received(count); }

    // The next whole frame; null if more bytes are needed. Errors: corrupt, unsupported, limit_exceeded
    // (longer than allowed): the connection is of no more use; no_space (the memory budget is used up): ask
    // again later.
    Result<std::shared_ptr<Frame>> next();

  private:
    Result<void> begin_frame();

    std::size_t max_body_bytes_;
    runtime::FrameInput input_;
    FrameHeader header_;  // of the frame whose body is under way
};

}  // namespace weir::rpc
