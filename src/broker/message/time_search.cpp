// The log's index finds the batch, a look inside it the record.
#include "broker/message/time_search.hpp"

#include "broker/message/record_search.hpp"

namespace weir::message {

namespace {

using Found = std::optional<log::TimestampedOffset>;

// Reads a batch into memory and looks inside it for the record.
template <class Look>
Result<Found> look_inside(const Result<std::optional<log::FileRange>>& range, Look look) {
    if (!range) return range.error();
    if (!*range) return Found{};
    Bytes batch((*range)->size);
    const auto read = (*range)->file->read((*range)->position, batch);
    if (!read) return read.error();
    if (*read != batch.size()) return Error{Errc::corrupt, "a segment is shorter than its index says"};
    return look(ByteView{batch});
}

}  // namespace

Result<Found> find_time(log::PartitionLog& log, std::int64_t timestamp_ms) {
    return look_inside(log.find_timestamp(timestamp_ms, log.readable_end()),
                       [&](ByteView batch) { return find_first_at_or_after(batch, timestamp_ms); });
}

Result<Found> find_greatest_time(log::PartitionLog& log) {
    return look_inside(log.find_max_timestamp(),
                       [](ByteView batch) { return find_greatest_timestamp(batch); });
}

}  // namespace weir::message
