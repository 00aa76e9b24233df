// Finds messages in a queue log by their positions, the newest without reading them back.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "broker/queue/queue_message.hpp"
#include "log/partition_log.hpp"

namespace weir::queue {

inline constexpr std::size_t kept_batch_bytes = std::size_t{32} << 20;  // of one log

// For one thread.
class MessageStore {
  public:
    explicit MessageStore(log::PartitionLog& log, std::size_t most_bytes = kept_batch_bytes)
        : log_(log), most_bytes_(most_bytes) {}

    // A batch that was appended just now, with its offsets in it.
    void keep(Offset base, std::int64_t records, std::shared_ptr<const Bytes> batch);
    // The message that the record at `position` put into its queue, with its content at `content`. Errors:
    // those of reading; corrupt (there is no message).
    Result<StoredMessage> find(Offset position, Offset content);
    // When the record at `position` was written, by its leader's clock. Errors: those of reading.
    Result<std::int64_t> time_ms(Offset position);
    void clear() { batches_.clear(), bytes_ = 0; }

  private:
    struct Batch {
        Offset base;
        Offset end;
        std::shared_ptr<const Bytes> bytes;
        std::vector<message::RecordView> records;  // once somebody has asked
    };
    struct Place {
        std::shared_ptr<const Bytes> owner;
        const message::RecordView* record;  // until the next call
    };
    Result<StoredMessage> content(Offset position);
    Result<Place> record(Offset position);
    Result<Batch*> batch(Offset position);
    Result<Batch*> read(Offset position);

    log::PartitionLog& log_;
    const std::size_t most_bytes_;
    std::deque<Batch> batches_;  // in the order in which they came
    std::size_t bytes_ = 0;
};

}  // namespace weir::queue
