// A body takes what the input holds of it; what comes then goes straight into its place.
#include "runtime/frame_input.hpp"

#include "base/assert.hpp"

namespace weir::runtime {

namespace {

constexpr std::size_t input_bytes = 16 * 1024;
// A longer body gets more each time that is full. Room that nothing comes into costs the budget, so that
// some frames that claim much and never end would keep everybody else from theirs; to copy a sixteenth of a
// long one costs far less than to receive it.
constexpr std::size_t first_capacity_bytes = 64 * 1024;
constexpr std::size_t growth = 16;

}  // namespace

ByteSpan FrameInput::buffer() {
    // A body that is under way has taken the whole input.
    if (is_in_body_ && filled_ < capacity_) return {body_.data_.get() + filled_, capacity_ - filled_};
    if (input_.empty()) input_.resize(input_bytes);
    if (begin_ > 0) {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    ASSERT(end_ < input_.size());
    return ByteSpan{input_}.subspan(end_);
}

void FrameInput::received(std::size_t count) {
    if (is_in_body_ && filled_ < capacity_) {
        filled_ += count;
    } else {
        end_ += count;
    }
}

Result<void> FrameInput::begin_body(std::size_t header_bytes, std::size_t size) {
    ASSERT(!is_in_body_ && header_bytes <= end_ - begin_);
    filled_ = capacity_ = 0;
    if (auto got = grow(std::min(size, first_capacity_bytes)); !got) return got;
    body_.size_ = size;
    is_in_body_ = true;
    begin_ += header_bytes;
    return {};
}

Result<bool> FrameInput::is_complete() {
    for (;;) {
        const auto take = std::min(end_ - begin_, capacity_ - filled_);
        if (take > 0) std::memcpy(body_.data_.get() + filled_, input_.data() + begin_, take);
        begin_ += take;
        filled_ += take;
        if (filled_ == body_.size_) return true;
        if (filled_ < capacity_) return false;
        if (auto grown = grow(std::min(body_.size_, capacity_ * growth)); !grown) return grown.error();
    }
}

FrameBody FrameInput::take_body() {
    is_in_body_ = false;
    return std::exchange(body_, {});
}

Result<void> FrameInput::grow(std::size_t capacity) {
    auto charge = budget_.charge(capacity);
    if (!charge) return Error{Errc::no_space, "the memory budget for what peers send is used up"};
    auto data = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    if (filled_ > 0) std::memcpy(data.get(), body_.data_.get(), filled_);
    body_.data_ = std::move(data);
    body_.charge_ = std::move(charge);
    capacity_ = capacity;
    return {};
}

}  // namespace weir::runtime
