// Appends a client's record batch to a partition, once it has passed every check that a door may not skip.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "broker/message/record_validation.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

struct Published {
    log::Appended appended;
    std::shared_ptr<log::PartitionLog> log;  // to which it was appended
    std::int64_t log_append_time_ms = -1;    // -1: the batch keeps the producer's timestamps
};

// `batch` is what the client sent: exactly one batch. The log may still fail it at the commit: see CommitHub.
// Errors: those of log::validate, message::validate_records (with the records at fault in `faults`) and
// PartitionLog::append; record_too_large; not_found if the partition has no log here.
Result<Published> publish(const Topic& topic, const Partition& partition, const log::SharedSpan& batch,
                          bool all, std::int64_t now_ms, std::vector<message::RecordFault>& faults);

// How a batch that is durable here, and that asks for all in-sync replicas, stands with the others. `place`:
// the partition as it was published to; `next`: the offset behind the batch.
enum class Replication { under_way, done, led_elsewhere };
Replication replication_of(const TopicTable& topics, const Partition& place, const log::PartitionLog& log,
                           Offset next);

}  // namespace weir::broker
