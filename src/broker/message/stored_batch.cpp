// Reading one batch at a time.
#include "broker/message/stored_batch.hpp"

#include <algorithm>

#include "log/segment_reader.hpp"

namespace weir::message {

Result<std::shared_ptr<const StoredBatch>> StoredBatch::load(log::PartitionLog& log, Offset offset,
                                                             Offset limit) {
    const auto ranges = log.read(offset, limit, 1);
    if (!ranges) return ranges.error();
    if (ranges->empty())
        return Error{Errc::offset_out_of_range, fmt::format("nothing lies at offset {}", offset.value)};
    const auto& range = ranges->front();
    log::SegmentReader reader{*range.file, range.position, range.position + range.size};
    const auto found = reader.next();
    if (!found) return found.error();
    if (!*found) return Error{Errc::corrupt, fmt::format("no whole batch at offset {}", offset.value)};
    std::shared_ptr<StoredBatch> batch{new StoredBatch};
    batch->bytes_.assign((*found)->bytes.begin(), (*found)->bytes.end());
    batch->base_ = Offset{(*found)->view().base_offset()};
    batch->next_ = (*found)->place.next;
    if (auto read = batch->read_records(); !read) return read.error();
    return std::shared_ptr<const StoredBatch>{std::move(batch)};
}

Result<std::shared_ptr<const StoredBatch>> StoredBatch::of(Bytes bytes) {
    std::shared_ptr<StoredBatch> batch{new StoredBatch};
    batch->bytes_ = std::move(bytes);
    const log::BatchView view(batch->bytes_.data());
    batch->base_ = Offset{view.base_offset()};
    batch->next_ = view.last_offset() + 1;
    if (auto read = batch->read_records(); !read) return read.error();
    return std::shared_ptr<const StoredBatch>{std::move(batch)};
}

Result<void> StoredBatch::read_records() {
    if (log::BatchView(bytes_.data()).is_control()) return {};
    auto opened = RecordReader::open(bytes_);
    if (!opened) return opened.error();
    reader_.emplace(std::move(*opened));
    RecordView record;
    for (;;) {
        const auto more = reader_->next(record);
        if (!more) return more.error();
        if (!*more) return {};
        records_.push_back(record);
    }
}

const RecordView* StoredBatch::find(Offset offset) const {
    const auto at = std::ranges::lower_bound(records_, offset, {}, &RecordView::offset);
    return at == records_.end() ? nullptr : &*at;
}

// The newest come last, and are asked for most.
std::shared_ptr<const StoredBatch> StoredBatches::find(const log::LogKey& log, Offset offset) const {
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& one) {
        return one.batch->base() <= offset && offset < one.batch->next() && one.log == log;
    });
    return found == kept_.rend() ? nullptr : found->batch;
}

void StoredBatches::keep(const log::LogKey& log, std::shared_ptr<const StoredBatch> batch) {
    bytes_ += batch->bytes();
    kept_.push_back({log, std::move(batch)});
    while (bytes_ > most_bytes_ && kept_.size() > 1) {
        bytes_ -= kept_.front().batch->bytes();
        kept_.pop_front();
    }
}

Result<std::shared_ptr<const StoredBatch>> StoredBatches::load(log::PartitionLog& log, Offset offset,
                                                               Offset limit) {
    if (auto found = find(log.key(), offset)) return found;
    auto loaded = StoredBatch::load(log, offset, limit);
    if (loaded) keep(log.key(), *loaded);
    return loaded;
}

}  // namespace weir::message
