// Finds a subscription's messages: they are records of a topic.
#pragma once

#include <functional>

#include "broker/message/stored_batch.hpp"
#include "broker/queue/queue_message.hpp"

namespace weir::queue {

// One partition of a topic, with what a message of it tells.
struct TopicLog {
    std::shared_ptr<log::PartitionLog> log;
    std::shared_ptr<const void> owner;  // of the name
    std::string_view topic;
    bool is_one_of_many = false;
};
// Errors: not_found (there is no such topic), not_leader.
using FindTopicLog = std::function<Result<TopicLog>(const Uuid& topic, PartitionId partition)>;

inline constexpr std::size_t kept_record_bytes = std::size_t{8} << 20;  // of one shard

// For one thread.
class RecordSource {
  public:
    explicit RecordSource(FindTopicLog find) : find_(std::move(find)) {}

    // `position`: a RecordPosition, packed. Errors: not_found (it is gone: by retention, or with its topic),
    // not_leader, those of reading.
    Result<StoredMessage> find(const Uuid& topic, Offset position);

  private:
    const FindTopicLog find_;
    message::StoredBatches batches_{kept_record_bytes};
};

}  // namespace weir::queue
