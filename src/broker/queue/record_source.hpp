// Finds a subscription's messages: they are records of a topic.
#pragma once

#include <functional>

#include "broker/message/stored_batch.hpp"
#include "broker/queue/queue_message.hpp"

namespace weir::queue {

// One partition of a topic, with what a message of it tells.
struct TopicLog {
    std::shared_ptr<log::PartitionLog> log;  // null: its leader is to be asked
    std::shared_ptr<const void> owner;       // of the name
    std::string_view topic;
    bool is_one_of_many = false;
};
// Errors: not_found (there is no such topic).
using FindTopicLog = std::function<Result<TopicLog>(const Uuid& topic, PartitionId partition)>;

// What a partition's leader has from an offset on: some batches, the first of which may begin before.
struct FetchedRecords {
    Offset from;
    Offset log_start;
    std::vector<std::shared_ptr<const message::StoredBatch>> batches;

    // Whether it is known by this that there is no record there any more.
    bool lacks(Offset offset) const {
        const bool is_between = offset >= from && !batches.empty() && offset < batches.front()->base();
        return offset < log_start || is_between;
    }
};
// Asks whoever leads the partition; `done` comes once, on any thread. Errors: not_found (there is no such
// topic), those of reading there.
using FetchRecords = std::function<void(const Uuid& topic, PartitionId partition, Offset from,
                                        std::function<void(Result<FetchedRecords>)> done)>;

inline constexpr std::size_t kept_record_bytes = std::size_t{8} << 20;  // of one shard

// For one thread.
class RecordSource {
  public:
    explicit RecordSource(FindTopicLog find) : find_(std::move(find)) {}

    // `position`: a RecordPosition, packed. Errors: not_found (it is gone: by retention, or with its topic),
    // not_leader (another node has it: it is to be fetched), those of reading.
    Result<StoredMessage> find(const Uuid& topic, Offset position);
    // A batch that another node sent.
    void keep(const log::LogKey& log, std::shared_ptr<const message::StoredBatch> batch) {
        batches_.keep(log, std::move(batch));
    }

  private:
    using BatchPtr = std::shared_ptr<const message::StoredBatch>;
    Result<BatchPtr> load(log::PartitionLog& log, Offset offset);
    Result<BatchPtr> kept(const log::LogKey& log, Offset offset) const;

    const FindTopicLog find_;
    message::StoredBatches batches_{kept_record_bytes};
};

}  // namespace weir::queue
