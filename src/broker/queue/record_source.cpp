// From a position to a record in a batch that stays as long as it is looked at.
#include "broker/queue/record_source.hpp"

namespace weir::queue {

namespace {

struct Owners {
    std::shared_ptr<const message::StoredBatch> batch;
    std::shared_ptr<const void> topic;
};

}  // namespace

Result<RecordSource::BatchPtr> RecordSource::load(log::PartitionLog& log, Offset offset) {
    const auto end = log.readable_end();
    if (offset < log.log_start() || offset >= end) return Error{Errc::not_found, "the record is gone"};
    auto batch = batches_.load(log, offset, end);
    if (!batch && batch.error().code == Errc::offset_out_of_range)
        return Error{Errc::not_found, "the record is gone"};
    return batch;
}

Result<RecordSource::BatchPtr> RecordSource::kept(const log::LogKey& log, Offset offset) const {
    auto batch = batches_.find(log, offset);
    if (!batch) return Error{Errc::not_leader, "another node has the record"};
    return batch;
}

Result<StoredMessage> RecordSource::find(const Uuid& topic, Offset position) {
    if (!find_) return Error{Errc::not_found, "there are no topics"};
    const auto [partition, offset] = RecordPosition::unpacked(position);
    auto found = find_(topic, partition);
    if (!found) return found.error();
    const auto batch = found->log ? load(*found->log, offset) : kept({topic, partition}, offset);
    if (!batch) return batch.error();
    const auto* record = (*batch)->find(offset);
    if (record == nullptr || record->offset != offset) return Error{Errc::not_found, "the record is gone"};
    return StoredMessage{.owner = std::make_shared<const Owners>(*batch, std::move(found->owner)),
                         .record = record,
                         .partition = partition,
                         .topic = found->topic,
                         .is_one_of_many = found->is_one_of_many};
}

}  // namespace weir::queue
