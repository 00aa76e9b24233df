// Small frames are cut out of an input buffer; the rest of a large one is received in place.
#include "protocols/kafka/frame_reader.hpp"

#include "base/assert.hpp"

namespace weir::kafka {

namespace {

constexpr std::size_t input_bytes = 16 * 1024;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t first_capacity_bytes = std::size_t{1}
                                             << 20;  // a longer frame gets more once this is full
constexpr std::size_t growth = 4;

}  // namespace

ByteSpan FrameReader::buffer() {
    // A frame that is under way has taken the whole input, so the rest of it can come straight into place.
    if (frame_ && filled_ < capacity_) return {frame_->data_.get() + filled_, capacity_ - filled_};
    if (input_.empty()) input_.resize(input_bytes);
    if (begin_ > 0) {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    ASSERT(end_ < input_.size());
    return ByteSpan{input_}.subspan(end_);
}

void FrameReader::received(std::size_t count) {
    if (frame_ && filled_ < capacity_) {
        filled_ += count;
    } else {
        end_ += count;
    }
}

Result<std::shared_ptr<Frame>> FrameReader::next() {
    if (!frame_) {
        if (end_ - begin_ < length_bytes) return std::shared_ptr<Frame>{};
        const auto size = load_big<std::int32_t>(input_.data() + begin_);
        if (size < 0) return Error{Errc::corrupt, fmt::format("a frame's length is {}", size)};
        if (auto begun = begin_frame(static_cast<std::size_t>(size)); !begun) return begun.error();
    }
    const auto take = std::min(end_ - begin_, capacity_ - filled_);
    if (take > 0) std::memcpy(frame_->data_.get() + filled_, input_.data() + begin_, take);
    begin_ += take;
    filled_ += take;
    if (filled_ == frame_->size_) return std::exchange(frame_, nullptr);
    if (filled_ == capacity_) {
        if (auto grown = grow_frame(); !grown) return grown.error();
        return next();
    }
    return std::shared_ptr<Frame>{};
}

Result<void> FrameReader::begin_frame(std::size_t size) {
    if (size > max_frame_bytes_) {
        return Error{
            Errc::limit_exceeded,
            fmt::format("a frame of {} bytes is longer than max-request-bytes = {}", size, max_frame_bytes_)};
    }
    auto frame = std::make_shared<Frame>();
    const auto capacity = std::min(size, first_capacity_bytes);
    frame->charge_ = budget_.charge(capacity);
    if (!frame->charge_) return Error{Errc::no_space, "the memory budget for requests is used up"};
    frame->data_ = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    frame->size_ = size;
    frame_ = std::move(frame);
    capacity_ = capacity;
    filled_ = 0;
    begin_ += length_bytes;
    return {};
}

Result<void> FrameReader::grow_frame() {
    const auto capacity = std::min(frame_->size_, capacity_ * growth);
    auto charge = budget_.charge(capacity);
    if (!charge) return Error{Errc::no_space, "the memory budget for requests is used up"};
    auto data = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    std::memcpy(data.get(), frame_->data_.get(), filled_);
    frame_->data_ = std::move(data);
    frame_->charge_ = std::move(charge);
    capacity_ = capacity;
    return {};
}

}  // namespace weir::kafka
