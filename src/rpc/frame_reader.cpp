// Small frames are cut out of an input buffer; the rest of a large one is received in place.
#include "rpc/frame_reader.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"

namespace weir::rpc {

namespace {

constexpr std::size_t input_bytes = 16 * 1024;
// A longer frame gets more each time that is full. Room that nothing comes into costs the budget, so that
// some frames that claim much and never end would keep everybody else from theirs; to copy a sixteenth of a
// long one costs far less than to receive it.
constexpr std::size_t first_capacity_bytes = 64 * 1024;
constexpr std::size_t growth = 16;

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
        if (end_ - begin_ < frame_header_bytes) return std::shared_ptr<Frame>{};
        if (auto begun = begin_frame(); !begun) return begun.error();
    }
    for (;;) {
        const auto take = std::min(end_ - begin_, capacity_ - filled_);
        if (take > 0) std::memcpy(frame_->data_.get() + filled_, input_.data() + begin_, take);
        begin_ += take;
        filled_ += take;
        if (filled_ == frame_->header_.body_bytes) return end_frame();
        if (filled_ < capacity_) return std::shared_ptr<Frame>{};
        const auto wanted = std::min<std::size_t>(frame_->header_.body_bytes, capacity_ * growth);
        if (auto grown = grow_frame(wanted); !grown) return grown.error();
    }
}

Result<void> FrameReader::begin_frame() {
    const auto header = decode_frame_header(ByteView{input_}.subspan(begin_, frame_header_bytes));
    if (!header) return header.error();
    if (header->body_bytes > max_body_bytes_) {
        return Error{Errc::limit_exceeded,
                     fmt::format("a frame's body of {} bytes is longer than the {} allowed",
                                 header->body_bytes, max_body_bytes_)};
    }
    frame_ = std::make_shared<Frame>();
    frame_->header_ = *header;
    filled_ = capacity_ = 0;
    if (auto got = grow_frame(std::min<std::size_t>(header->body_bytes, first_capacity_bytes)); !got) {
        frame_.reset();
        return got.error();
    }
    begin_ += frame_header_bytes;
    return {};
}

Result<void> FrameReader::grow_frame(std::size_t capacity) {
    auto charge = budget_.charge(capacity);
    if (!charge) return Error{Errc::no_space, "the memory budget for frames is used up"};
    auto data = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    if (filled_ > 0) std::memcpy(data.get(), frame_->data_.get(), filled_);
    frame_->data_ = std::move(data);
    frame_->charge_ = std::move(charge);
    capacity_ = capacity;
    return {};
}

Result<std::shared_ptr<Frame>> FrameReader::end_frame() {
    if (crc32c(frame_->checked()) != frame_->header_.checksum)
        return Error{Errc::corrupt, "a frame's body is damaged: its checksum does not hold"};
    return std::exchange(frame_, nullptr);
}

}  // namespace weir::rpc
