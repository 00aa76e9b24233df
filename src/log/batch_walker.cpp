// The walk along batch headers.
#include "log/batch_walker.hpp"

namespace weir::log {

std::optional<BatchPlace> place_of(const std::uint8_t* header, std::uint64_t position, std::uint64_t room) {
    const BatchView batch{header};
    constexpr auto smallest = static_cast<std::int32_t>(batch_header_size - batch_prefix_size);
    if (batch.length() < smallest || batch.size() > room || batch.magic() != batch_magic) return std::nullopt;
    if (batch.base_offset() < Offset{0} || batch.last_offset_delta() < 0) return std::nullopt;
    if (batch.base_offset().value > INT64_MAX - batch.last_offset_delta() - 1) return std::nullopt;
    return BatchPlace{.base = batch.base_offset(),
                      .next = batch.next_offset(),
                      .position = position,
                      .size = batch.size(),
                      .max_timestamp_ms = batch.max_timestamp()};
}

BatchWalker::BatchWalker(runtime::File& file, std::uint64_t position, Offset expected, std::uint64_t end,
                         std::size_t chunk)
    : file_(file),
      position_(position),
      expected_(expected),
      end_(end),
      buffer_(std::max(chunk, batch_header_size)) {}

Result<std::optional<BatchPlace>> BatchWalker::next() {
    if (position_ >= end_) return std::optional<BatchPlace>{};
    const auto filled = fill();
    if (!filled) return filled.error();
    const auto* header = buffer_.data() + (position_ - buffer_position_);
    const auto place = *filled ? place_of(header, position_, end_ - position_) : std::nullopt;
    if (!place || place->base < expected_) {
        return Error{Errc::corrupt, fmt::format("no record batch of offset {} or above at position {}",
                                                expected_.value, position_)};
    }
    header_ = header;
    position_ = place->end_position();
    expected_ = place->next;
    return place;
}

Result<bool> BatchWalker::fill() {
    if (position_ >= buffer_position_ && position_ + batch_header_size <= buffer_position_ + buffered_)
        return true;
    const auto wanted = std::min<std::uint64_t>(buffer_.size(), end_ - position_);
    const auto got = file_.read(position_, ByteSpan{buffer_}.first(wanted));
    if (!got) return got.error();
    buffer_position_ = position_;
    buffered_ = *got;
    return buffered_ >= batch_header_size;
}

}  // namespace weir::log
