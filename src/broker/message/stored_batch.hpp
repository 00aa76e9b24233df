// One batch of a log in memory, with its records at hand: for those who read record by record.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "broker/message/record_reader.hpp"
#include "log/partition_log.hpp"

namespace weir::message {

// Immutable; the records view what it keeps.
class StoredBatch {
  public:
    // The batch that holds `offset`, which must lie before `limit` (at most durable_end). Blocks. Errors:
    // those of the log (offset_out_of_range: there is nothing any more) and of RecordReader.
    static Result<std::shared_ptr<const StoredBatch>> load(log::PartitionLog& log, Offset offset,
                                                           Offset limit);

    // One that lies in no log. Errors: those of RecordReader.
    static Result<std::shared_ptr<const StoredBatch>> of(Bytes batch);

    Offset base() const { return base_; }
    Offset next() const { return next_; }  // behind it
    // Rising by offset; none of a control batch.
    const std::vector<RecordView>& records() const { return records_; }
    // The first at or behind `offset`; null: there is none.
    const RecordView* find(Offset offset) const;
    std::size_t bytes() const { return bytes_.size(); }

  private:
    StoredBatch() = default;
    Result<void> read_records();

    Bytes bytes_;
    Offset base_, next_;
    std::optional<RecordReader> reader_;  // keeps what it unpacked
    std::vector<RecordView> records_;
};

// The batches that were read last from some logs. For one thread.
class StoredBatches {
  public:
    explicit StoredBatches(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // As StoredBatch::load().
    Result<std::shared_ptr<const StoredBatch>> load(log::PartitionLog& log, Offset offset, Offset limit);
    // One that was kept and holds the offset; null: none.
    std::shared_ptr<const StoredBatch> find(const log::LogKey& log, Offset offset) const;
    void keep(const log::LogKey& log, std::shared_ptr<const StoredBatch> batch);

  private:
    struct Kept {
        log::LogKey log;
        std::shared_ptr<const StoredBatch> batch;
    };
    const std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::deque<Kept> kept_;  // in the order in which they came
};

}  // namespace weir::message
