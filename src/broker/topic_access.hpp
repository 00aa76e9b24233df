// What is asked of a topic's partition, whichever node leads it: to be read, and to be appended to.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "broker/message/stored_batch.hpp"

namespace weir::broker {

// Where a reader begins.
struct FirstRecord {
    bool operator==(const FirstRecord&) const = default;
};
struct LastBatch {
    bool operator==(const LastBatch&) const = default;
};
struct NextRecord {
    bool operator==(const NextRecord&) const = default;
};
struct AtTime {
    std::int64_t timestamp_ms = 0;
    bool operator==(const AtTime&) const = default;
};
using Start = std::variant<FirstRecord, LastBatch, NextRecord, Offset, AtTime>;

// What is not there any more, or not yet, is the nearest that is. Blocks. Errors: those of the log.
Result<Offset> offset_of(log::PartitionLog& log, const Start& start);

// Of one answer, though the first batch is given however large.
inline constexpr std::uint64_t max_piece_bytes = std::uint64_t{8} << 20;

struct TopicRead {
    Uuid topic;
    PartitionId partition;
    Start from;
    std::uint64_t most_bytes = 0;  // 0: no batches, only where they are
    std::int64_t wait_ms = 0;      // for a batch, while there is none; -1: nor for a leader
    bool operator==(const TopicRead&) const = default;
};
// Whole batches as they lie in the log, the first of which may begin before `from`: views of what `owner`
// keeps.
struct TopicPiece {
    Offset log_start;
    Offset end;   // of what all may read
    Offset from;  // what was asked for, or the nearest that is there
    ByteView batches{};
    std::shared_ptr<const void> owner{};
};
// Errors: corrupt (a batch does not hold), those of RecordReader.
using StoredBatchList = std::vector<std::shared_ptr<const message::StoredBatch>>;
Result<StoredBatchList> batches_of(const TopicPiece& piece);

// Safe from any thread; `done` comes once, on any.
class TopicAccess {
  public:
    using Read = std::function<void(Result<TopicPiece>)>;
    using Appended = std::function<void(Result<void>)>;

    virtual ~TopicAccess() = default;
    // Errors: not_found (there is no such partition), those of the log; not_leader, unavailable, and other
    // errors of may_pass(): it may be asked again.
    virtual void read(const TopicRead& request, Read done) = 0;
    // One batch, as a producer's acks=all: `done` comes once all in-sync replicas have it. Errors: those of
    // publish(); timed_out (the replicas do not have it yet); what the commit says; where another node was
    // asked those of a call, after which it may be there.
    virtual void append(const Uuid& topic, PartitionId partition, log::SharedSpan batch, Appended done) = 0;
};

// Whether a read that failed so may be answered later, by another leader perhaps.
bool may_pass(Errc code);

}  // namespace weir::broker
