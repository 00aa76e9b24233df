// Bytes from a peer on their way into frames: a header of a size that the protocol knows, then a body of the
// size that the header says.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "runtime/memory_budget.hpp"

namespace weir::runtime {

// A frame's body, and its part of the budget.
class FrameBody {
  public:
    ByteSpan bytes() const { return {data_.get(), size_}; }

  private:
    friend class FrameInput;
    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t size_ = 0;
    MemoryBudget::Charge charge_;
};

// Small frames are cut out of an input buffer; the rest of a large one is received in place. Memory beyond
// 64 KiB grows with the bytes that have come, not with what a length claims. On one thread at a time.
class FrameInput {
  public:
    explicit FrameInput(MemoryBudget& budget) : budget_(budget) {}

    // Where the next bytes from the connection shall go. Whoever asks has taken what the last ones completed,
    // and begun the body of a header that was complete.
    ByteSpan buffer();
    void received(std::size_t count);

    bool is_in_body() const { return is_in_body_; }
    // What has come of the next header, and of what follows it; not while in a body.
    ByteView header() const { return ByteView{input_}.subspan(begin_, end_ - begin_); }
    // The header's bytes are there, and say that so many follow. Errors: no_space (the memory budget is used
    // up: nothing has changed, ask again later).
    Result<void> begin_body(std::size_t header_bytes, std::size_t size);
    // While in a body: whether all of it has come, so that take_body() gives it. Errors: as above.
    Result<bool> is_complete();
    FrameBody take_body();

  private:
    Result<void> grow(std::size_t capacity);

    MemoryBudget& budget_;
    Bytes input_;  // bytes from begin_ to end_ have come and belong to no frame yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool is_in_body_ = false;
    FrameBody body_;  // of which filled_ bytes are there, and room for capacity_
    std::size_t filled_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace weir::runtime
