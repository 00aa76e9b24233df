// What a follower asks of a leader and what it is told: many partitions in one message
// (docs/formats/replica_fetch.md).
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "log/partition_log.hpp"
#include "replication/partition_registration.hpp"

namespace weir::replication {

inline constexpr std::size_t max_fetched_partitions = 100'000;               // in one message, or session
inline constexpr std::size_t max_reply_bytes = std::size_t{256} << 20;       // of batches in one reply
inline constexpr std::int32_t default_fetch_bytes = std::int32_t{10} << 20;  // asked for in one request

struct FetchedPartition {
    log::LogKey key;
    LeaderEpoch leader_epoch;        // that the follower follows
    Offset fetch_offset;             // its durable end: all before it counts as replicated
    LeaderEpoch last_fetched_epoch;  // of the batch before fetch_offset; no_epoch: the log is empty
    Offset log_start;

    bool operator==(const FetchedPartition&) const = default;
};

struct ReplicaFetchRequest {
    NodeId node;
    BrokerEpoch broker_epoch;
    std::int32_t max_wait_ms = 500;
    std::int32_t min_bytes = 1;
    std::int32_t max_bytes = default_fetch_bytes;
    // Where it stands in its session. 0 begins one: the partitions are all that are followed. The next ones
    // count up, and list only those that are new, have moved or wait for an answer once more.
    std::uint32_t sequence = 0;
    // With sequence 0: the last session broke, or brought batches that do not hold. The leader reads and
    // checks batches before it promises them, so that a file which can't be read, or is damaged, fails its
    // partition alone, and not the stream again.
    bool is_wary = false;
    std::vector<FetchedPartition> partitions;
    std::vector<log::LogKey> gone;  // no longer followed

    bool operator==(const ReplicaFetchRequest&) const = default;
};

enum class FetchError : std::uint8_t {
    none = 0,
    not_found = 1,             // no such partition here (yet)
    not_leader = 2,            // known here, but led elsewhere
    fenced_leader_epoch = 3,   // the follower's epoch is over
    unknown_leader_epoch = 4,  // the follower's epoch is not known here yet
    not_a_replica = 5,
    stale_broker_epoch = 6,   // a later incarnation of the follower has been heard of
    offset_out_of_range = 7,  // before the leader's log start, or beyond its end
    storage = 8,              // the leader can't read its log now
};
inline constexpr auto last_fetch_error = FetchError::storage;

struct FetchedReply {
    log::LogKey key;
    FetchError error = FetchError::none;
    LeaderEpoch leader_epoch;                // the leader's own
    std::optional<log::EpochEnd> diverging;  // the follower's log differs: cut it there or below (KIP-595)
    Offset high_watermark;
    Offset log_start;
    Offset log_end;  // of what could be fetched
    // Of all the batches: the leader's log has that epoch where they lie. Batches are sent from the files
    // after this was written; should the log have been cut in between, others may be found there.
    LeaderEpoch batches_epoch = no_epoch;
    std::uint32_t batch_bytes = 0;
    log::SharedSpan batches;  // whole ones, within the message that was decoded; not looked at by encode()
};

struct ReplicaFetchReply {
    bool is_session_known = true;          // no: the request was of no session that there is; begin one
    std::vector<FetchedReply> partitions;  // those of the session that there is something new of
};

Bytes encode(const ReplicaFetchRequest& request);
// Errors: corrupt (not a whole message, or its counts can't be), unsupported (another version).
Result<ReplicaFetchRequest> decode_fetch_request(ByteView bytes);

// All but the batches, which follow: `batch_bytes` of each partition, in order.
Bytes encode(const ReplicaFetchReply& reply);
// The reply's batches lie in `message`.
Result<ReplicaFetchReply> decode_fetch_reply(const log::SharedSpan& message);

}  // namespace weir::replication
