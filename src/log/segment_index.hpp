// A segment's sparse index: about every 64 KiB a batch's offset, its position, and the timestamps before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/batch_walker.hpp"

namespace weir::log {

inline constexpr std::uint64_t largest_index_file = std::uint64_t{64} << 20;

// A batch boundary within a segment file.
struct IndexPoint {
    Offset offset;  // of the batch that begins here
    std::uint64_t position = 0;
    std::int64_t max_timestamp_ms = -1;  // the greatest of all batches before it in the segment; -1: none

    bool operator==(const IndexPoint&) const = default;
};

// Built by adding a segment's batches in order. Not safe from several threads.
class SegmentIndex {
  public:
    static constexpr std::uint64_t spacing = 64 * 1024;

    // Of a segment whose first batch has offset `base`.
    explicit SegmentIndex(Offset base) : end_{base, 0, -1}, points_{end_} {}

    void add(const BatchPlace& batch);

    // Forgets what lies behind `end`, a batch boundary; the file is to be written anew.
    void cut(const IndexPoint& end);

    const IndexPoint& end() const { return end_; }  // what has been added ends here
    // The last point at or before the offset, the position, or the first batch with such a timestamp.
    const IndexPoint& floor(Offset offset) const;
    const IndexPoint& floor_position(std::uint64_t position) const;
    const IndexPoint& before_timestamp(std::int64_t timestamp_ms) const;
    std::size_t size() const { return points_.size(); }
    std::uint64_t saved_bytes() const;  // of the index file that hold

    // The file's bytes for the points that are not in the file yet, the end among them, and where they belong
    // (docs/formats/segment.md). Nothing new: empty. Call saved() once they are written; there may be more
    // points by then.
    struct Unsaved {
        Bytes bytes;
        std::uint64_t file_position = 0;
        std::size_t points_then = 0;  // in the file
    };
    Unsaved unsaved();
    void saved(const Unsaved& written) { saved_points_ = std::max(saved_points_, written.points_then); }

    // Takes what holds of an index file's content: up to the first point with a wrong checksum, out of order,
    // or beyond `segment_bytes`. The rest of the segment is to be scanned and added.
    static SegmentIndex decode(ByteView content, Offset base, std::uint64_t segment_bytes);

  private:
    IndexPoint end_;
    std::vector<IndexPoint> points_;  // never empty: the segment's start
    std::size_t saved_points_ =
        0;  // how many are in the file; the start never is, but counts once others are
};

// Cuts an index file behind the points of a segment that has been cut to `segment_bytes`.
void trim_index(runtime::FileSystem& files, const std::string& path, Offset base,
                std::uint64_t segment_bytes);

}  // namespace weir::log
