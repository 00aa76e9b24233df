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

inline constexpr std::size_t max_fetched_partitions = 100'000;               // in one message
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
    std::vector<FetchedPartition> partitions;

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
    Offset log_end;    // of what could be fetched
    ByteView batches;  // whole ones; lies in the message that was decoded

    bool operator==(const FetchedReply& other) const {
        return key == other.key && error == other.error && leader_epoch == other.leader_epoch &&
               diverging.has_value() == other.diverging.has_value() &&
               (!diverging ||
                (diverging->epoch == other.diverging->epoch && diverging->end == other.diverging->end)) &&
               high_watermark == other.high_watermark && log_start == other.log_start &&
               log_end == other.log_end && std::ranges::equal(batches, other.batches);
    }
};

struct ReplicaFetchReply {
    std::vector<FetchedReply> partitions;
    bool operator==(const ReplicaFetchReply&) const = default;
};

Bytes encode(const ReplicaFetchRequest& request);
// Errors: corrupt (not a whole message, or its counts can't be), unsupported (a later version).
Result<ReplicaFetchRequest> decode_fetch_request(ByteView bytes);

Bytes encode(const ReplicaFetchReply& reply);
// The reply's batches point into `bytes`.
Result<ReplicaFetchReply> decode_fetch_reply(ByteView bytes);

}  // namespace weir::replication
