// Whether a segment's bytes are still those that were written.
#include "log/segment.hpp"
#include "log/segment_reader.hpp"

namespace weir::log {

namespace {

// Offset and leader epoch lie outside a batch's checksum; the log knows them by itself.
bool continues(const StoredBatch& batch, const IndexPoint& at, const EpochTable& epochs) {
    if (batch.place.base != at.offset) return false;
    const auto epoch = epochs.at(at.offset);
    return epoch == no_epoch || epoch == batch.view().leader_epoch();
}

}  // namespace

bool Segment::is_trusted(const SegmentRange& range) const {
    const Lock lock{mutex_};
    return range.from.position >= own_from_ || range.to.position <= verified_;
}

Result<void> Segment::check(const IndexPoint& from, const IndexPoint& to, const EpochTable& epochs) {
    auto file = open();
    if (!file) return file.error();
    SegmentReader reader{**file, from.position, to.position};
    auto at = from;
    while (at.position < to.position) {
        const auto batch = reader.next();
        if (!batch) return damaged(batch.error());
        if (!*batch || !continues(**batch, at, epochs)) {
            return damaged({Errc::corrupt, fmt::format("the batch of offset {} at position {} does not hold",
                                                       at.offset.value, at.position)});
        }
        at = {(*batch)->place.next, (*batch)->place.end_position(), -1};
    }
    if (at.offset != to.offset) {
        return damaged({Errc::corrupt, fmt::format("position {} is offset {}, and should be {}", at.position,
                                                   at.offset.value, to.offset.value)});
    }
    const Lock lock{mutex_};
    if (from.position <= verified_) verified_ = std::max(verified_, to.position);
    return {};
}

}  // namespace weir::log
