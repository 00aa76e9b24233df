// The checked walk along a segment file.
#include "log/segment_reader.hpp"

namespace weir::log {

namespace {

constexpr std::size_t least_read_bytes = std::size_t{1} << 20;

}  // namespace

SegmentReader::SegmentReader(runtime::File& file, std::uint64_t position, std::uint64_t end)
    : file_(file), position_(position), end_(end) {}

Result<std::optional<StoredBatch>> SegmentReader::next() {
    if (position_ >= end_ || end_ - position_ < batch_header_size) return std::optional<StoredBatch>{};
    auto there = fill(batch_header_size);
    if (!there) return there.error();
    if (!*there) return std::optional<StoredBatch>{};
    const auto place = place_of(buffer_.data() + (position_ - buffer_position_), position_, end_ - position_);
    if (!place) return std::optional<StoredBatch>{};
    there = fill(place->size);
    if (!there) return there.error();
    if (!*there) return std::optional<StoredBatch>{};
    const auto bytes = ByteView{buffer_}.subspan(position_ - buffer_position_, place->size);
    if (!validate(bytes)) return std::optional<StoredBatch>{};
    position_ = place->end_position();
    return StoredBatch{*place, bytes};
}

// Makes sure that `bytes` from the position on are in the buffer; false if the file ends before.
Result<bool> SegmentReader::fill(std::uint64_t bytes) {
    if (position_ >= buffer_position_ && position_ + bytes <= buffer_position_ + buffered_) return true;
    if (position_ + bytes > end_) return false;
    buffer_.resize(
        std::min<std::uint64_t>(std::max<std::uint64_t>(bytes, least_read_bytes), end_ - position_));
    const auto got = file_.read(position_, buffer_);
    if (!got) return got.error();
    buffer_position_ = position_;
    buffered_ = *got;
    return buffered_ >= bytes;
}

}  // namespace weir::log
