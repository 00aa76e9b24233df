// A walk over the batch's records; there is no index within a batch.
#include "broker/message/record_search.hpp"

#include "broker/message/record_reader.hpp"

namespace weir::message {

namespace {

// Only of a batch that the walk has accepted: a shorter one has no header to look at.
LeaderEpoch epoch_of(ByteView batch) {
    return log::BatchView(batch.data()).leader_epoch();
}

}  // namespace

Result<std::optional<log::TimestampedOffset>> find_first_at_or_after(ByteView batch,
                                                                     std::int64_t timestamp_ms,
                                                                     std::size_t unpacked_limit) {
    std::optional<log::TimestampedOffset> found;
    const auto look = [&](const RecordView& record) -> Result<bool> {
        if (record.timestamp_ms < timestamp_ms) return true;
        found = log::TimestampedOffset{record.offset, record.timestamp_ms, epoch_of(batch)};
        return false;
    };
    if (auto walked = for_each_record(batch, look, unpacked_limit); !walked) return walked.error();
    return found;
}

Result<std::optional<log::TimestampedOffset>> find_greatest_timestamp(ByteView batch,
                                                                      std::size_t unpacked_limit) {
    std::optional<log::TimestampedOffset> greatest;
    const auto look = [&](const RecordView& record) -> Result<bool> {
        if (!greatest || record.timestamp_ms > greatest->timestamp_ms)
            greatest = log::TimestampedOffset{record.offset, record.timestamp_ms, epoch_of(batch)};
        return true;
    };
    if (auto walked = for_each_record(batch, look, unpacked_limit); !walked) return walked.error();
    return greatest;
}

}  // namespace weir::message
