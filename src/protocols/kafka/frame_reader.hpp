// Cuts a connection's bytes into Kafka's frames: a 4-byte length, then that many bytes.
#pragma once

#include "runtime/frame_input.hpp"

namespace weir::kafka {

// One request's bytes, alive as long as somebody refers to it: record batches are journalled from here.
class Frame {
  public:
    explicit Frame(runtime::FrameBody body) : body_(std::move(body)) {}
    ByteSpan bytes() { return body_.bytes(); }

  private:
    runtime::FrameBody body_;
};

class FrameReader {
  public:
    FrameReader(std::size_t max_frame_bytes, runtime::MemoryBudget& budget)
        : max_frame_bytes_(max_frame_bytes), input_(budget) {}

    // Where the next bytes from the connection shall go.
    ByteSpan buffer() { return input_.buffer(); }
    void received(std::size_t count) { input_.received(count); }

    // The next whole frame; null if more bytes are needed. Errors: limit_exceeded (longer than allowed),
    // corrupt (a negative length), no_space (the memory budget is used up: ask again later).
    Result<std::shared_ptr<Frame>> next();

  private:
    Result<void> begin_frame();

    std::size_t max_frame_bytes_;
    runtime::FrameInput input_;
};

}  // namespace weir::kafka
