// The sparse index, in memory and as a file.
#include "log/segment_index.hpp"

#include "base/crc32c.hpp"
#include "log/disk_bytes.hpp"

namespace weir::log {

namespace {

constexpr std::uint32_t index_magic = 0x31584957;  // "WIX1"
constexpr std::size_t header_size = 16;
constexpr std::size_t point_size = 28;

void encode(Bytes& out, const IndexPoint& point, Offset base) {
    const auto at = out.size();
    put(out, point.offset.value);
    put(out, point.position);
    put(out, point.max_timestamp_ms);
    const auto seed = static_cast<std::uint32_t>(base.value);  // another segment's points do not fit
    put(out, crc32c(ByteView{out}.subspan(at), seed));
}

}  // namespace

void SegmentIndex::add(const BatchPlace& batch) {
    if (batch.position - points_.back().position >= spacing) points_.push_back(end_);
    end_ = {batch.next, batch.end_position(), std::max(end_.max_timestamp_ms, batch.max_timestamp_ms)};
}

const IndexPoint& SegmentIndex::floor(Offset offset) const {
    const auto after = std::ranges::upper_bound(points_, offset, {}, &IndexPoint::offset);
    return after == points_.begin() ? points_.front() : *std::prev(after);
}

const IndexPoint& SegmentIndex::floor_position(std::uint64_t position) const {
    return *std::prev(std::ranges::upper_bound(points_, position, {}, &IndexPoint::position));
}

const IndexPoint& SegmentIndex::before_timestamp(std::int64_t timestamp_ms) const {
    const auto reached = std::ranges::lower_bound(points_, timestamp_ms, {}, &IndexPoint::max_timestamp_ms);
    return reached == points_.begin() ? points_.front() : *std::prev(reached);
}

void SegmentIndex::cut(const IndexPoint& end) {
    while (points_.size() > 1 && points_.back().position > end.position) points_.pop_back();
    end_ = end;
    saved_points_ = 0;
}

SegmentIndex::Unsaved SegmentIndex::unsaved() {
    if (end_.position > points_.back().position) points_.push_back(end_);
    Unsaved result;
    const auto first = std::max<std::size_t>(saved_points_, 1);
    if (first >= points_.size()) return result;
    if (saved_points_ == 0) {
        put(result.bytes, index_magic);
        put(result.bytes, std::uint32_t{1});
        put(result.bytes, points_.front().offset.value);
    } else {
        result.file_position = header_size + (first - 1) * point_size;
    }
    for (auto i = first; i < points_.size(); ++i) encode(result.bytes, points_[i], points_.front().offset);
    result.points_then = points_.size();
    return result;
}

SegmentIndex SegmentIndex::decode(ByteView content, Offset base, std::uint64_t segment_bytes) {
    SegmentIndex index{base};
    ByteReader header{content.first(std::min(content.size(), header_size))};
    if (header.take<std::uint32_t>() != index_magic || header.take<std::uint32_t>() != 1) return index;
    if (header.take<std::int64_t>() != base.value || !header.ok()) return index;
    for (auto at = header_size; at + point_size <= content.size(); at += point_size) {
        const auto bytes = content.subspan(at, point_size);
        ByteReader in{bytes};
        IndexPoint point;
        point.offset = Offset{in.take<std::int64_t>()};
        point.position = in.take<std::uint64_t>();
        point.max_timestamp_ms = in.take<std::int64_t>();
        const auto checksum = crc32c(bytes.first(point_size - 4), static_cast<std::uint32_t>(base.value));
        const auto& last = index.points_.back();
        if (in.take<std::uint32_t>() != checksum || point.offset <= last.offset ||
            point.position <= last.position || point.max_timestamp_ms < last.max_timestamp_ms ||
            point.position > segment_bytes) {
            break;
        }
        index.points_.push_back(point);
    }
    index.end_ = index.points_.back();
    index.saved_points_ = index.points_.size() > 1 ? index.points_.size() : 0;
    return index;
}

std::uint64_t SegmentIndex::saved_bytes() const {
    return saved_points_ == 0 ? 0 : header_size + (saved_points_ - 1) * point_size;
}

void trim_index(runtime::FileSystem& files, const std::string& path, Offset base,
                std::uint64_t segment_bytes) {
    const auto content = runtime::read_file(files, path, largest_index_file);
    const auto held = content ? SegmentIndex::decode(*content, base, segment_bytes).saved_bytes() : 0;
    if (content && content->size() == held) return;
    auto file = files.open(path, runtime::OpenMode::write);
    // What can't be cut must not be believed; nor may a power cut bring it back, to point into other batches.
    if (!file || !(*file)->truncate(held) || !(*file)->sync_data()) (void)files.remove(path);
}

}  // namespace weir::log
