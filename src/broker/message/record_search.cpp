// A walk over the batch's records; there is no index within a batch.
#include "broker/message/record_search.hpp"

#include "broker/message/record_reader.hpp"

namespace weir::message {

Result<std::optional<log::TimestampedOffset>> find_first_at_or_after(ByteView batch,
                                                                     std::int64_t timestamp_ms,
                                                                     std::size_t unpacked_limit) {
    auto reader = RecordReader::open(batch, unpacked_limit);
    if (!reader) return reader.error();
    const auto epoch = log::BatchView(batch.data()).leader_epoch();
    RecordView record;
    for (;;) {
        const auto more = reader->next(record);
        if (!more) return more.error();
        if (!*more) return std::nullopt;
        if (record.timestamp_ms >= timestamp_ms) {
            return log::TimestampedOffset{record.offset, record.timestamp_ms, epoch};
        }
    }
}

Result<std::optional<log::TimestampedOffset>> find_greatest_timestamp(ByteView batch,
                                                                      std::size_t unpacked_limit) {
    auto reader = RecordReader::open(batch, unpacked_limit);
    if (!reader) return reader.error();
    const auto epoch = log::BatchView(batch.data()).leader_epoch();
    std::optional<log::TimestampedOffset> greatest;
    RecordView record;
    for (;;) {
        const auto more = reader->next(record);
        if (!more) return more.error();
        if (!*more) return greatest;
        if (!greatest || record.timestamp_ms > greatest->timestamp_ms) {
            greatest = log::TimestampedOffset{record.offset, record.timestamp_ms, epoch};
        }
    }
}

}  // namespace weir::message
