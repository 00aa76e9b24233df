// Cutting the end off a segment.
#include "log/segment.hpp"

namespace weir::log {

Result<IndexPoint> Segment::boundary(Offset offset) {
    if (auto loaded = load_index(); !loaded) return loaded.error();
    std::shared_ptr<runtime::File> file;
    IndexPoint point{base_, 0, -1};
    std::uint64_t size = 0;
    {
        const Lock lock{mutex_};
        auto opened = open_locked(runtime::OpenMode::write);
        if (!opened) return opened.error();
        file = std::move(*opened);
        if (const auto index = index_locked()) point = index->floor(offset);
        size = state_.size;
    }
    BatchWalker walker{*file, point.position, point.offset, size, walk_bytes};
    for (;;) {
        const auto batch = walker.next();
        if (!batch) return damaged(batch.error());
        if (!*batch) return point;
        point.offset = (*batch)->base;
        if ((*batch)->next > offset) return point;
        point = {(*batch)->next, (*batch)->end_position(),
                 std::max(point.max_timestamp_ms, (*batch)->max_timestamp_ms)};
    }
}

void Segment::cut(const IndexPoint& end) {
    {
        const Lock lock{mutex_};
        state_.end = end.offset;
        state_.size = end.position;
        state_.max_timestamp_ms = end.max_timestamp_ms;
        written_ = end.position;
        synced_ = std::min(synced_.load(), end.position);
        if (const auto index = index_locked()) {
            index_ = std::make_shared<SegmentIndex>(*index);
            index_->cut(end);
        }
        idle_index_.reset();
        sealed_ = false;
        recent_ = {};
        verified_ = std::min(verified_, end.position);
        own_from_ = std::min(own_from_, end.position);
    }
    if (auto file = open()) (void)(*file)->truncate(end.position);
    (void)files_.remove(stem_ + ".index");
}

}  // namespace weir::log
