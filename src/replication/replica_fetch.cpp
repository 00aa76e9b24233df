// Encoding and decoding of the replica fetch.
#include "replication/replica_fetch.hpp"

#include "log/disk_bytes.hpp"

namespace weir::replication {

namespace {

using log::ByteReader;
using log::put;

constexpr std::uint16_t version = 2;
constexpr std::size_t key_bytes = 16 + 4;
constexpr std::size_t partition_bytes = key_bytes + 4 + 8 + 4 + 8;
constexpr std::size_t request_head_bytes = 2 + 4 + 8 + 4 + 4 + 4 + 4 + 1;
constexpr std::size_t smallest_reply_bytes = key_bytes + 1 + 4 + 1 + 8 + 8 + 8 + 4 + 4;

void put_key(Bytes& out, const log::LogKey& key) {
    log::put_uuid(out, key.topic_id);
    put(out, key.partition.value);
}

log::LogKey take_key(ByteReader& in) {
    log::LogKey key;
    key.topic_id = in.take_uuid();
    key.partition = PartitionId{in.take<std::int32_t>()};
    return key;
}

Error damaged() {
    return {Errc::corrupt, "a replica fetch message does not hold together"};
}

Result<void> check_version(ByteReader& in) {
    const auto found = in.take<std::uint16_t>();
    if (!in.ok()) return damaged();
    if (found == version) return {};
    return Error{Errc::unsupported, fmt::format("a replica fetch message of version {}", found)};
}

// Nothing if there are more than may be or can be.
std::optional<std::uint32_t> take_count(ByteReader& in, std::size_t element_bytes) {
    const auto count = in.take_count(element_bytes);
    if (!in.ok() || count > max_fetched_partitions) return std::nullopt;
    return count;
}

FetchedPartition take_partition(ByteReader& in) {
    FetchedPartition partition;
    partition.key = take_key(in);
    partition.leader_epoch = LeaderEpoch{in.take<std::int32_t>()};
    partition.fetch_offset = Offset{in.take<std::int64_t>()};
    partition.last_fetched_epoch = LeaderEpoch{in.take<std::int32_t>()};
    partition.log_start = Offset{in.take<std::int64_t>()};
    return partition;
}

bool sound(const FetchedPartition& partition) {
    return partition.key.partition >= PartitionId{0} && partition.fetch_offset >= Offset{0} &&
           partition.log_start >= Offset{0} && partition.log_start <= partition.fetch_offset &&
           partition.last_fetched_epoch >= no_epoch;
}

void put_reply(Bytes& out, const FetchedReply& reply) {
    put_key(out, reply.key);
    put(out, static_cast<std::uint8_t>(reply.error));
    put(out, reply.leader_epoch.value);
    put(out, static_cast<std::uint8_t>(reply.diverging ? 1 : 0));
    if (reply.diverging) {
        put(out, reply.diverging->epoch.value);
        put(out, reply.diverging->end.value);
    }
    put(out, reply.high_watermark.value);
    put(out, reply.log_start.value);
    put(out, reply.log_end.value);
    put(out, reply.batches_epoch.value);
    put(out, reply.batch_bytes);
}

// Without its batches. Nothing if it can't be one.
std::optional<FetchedReply> take_reply(ByteReader& in) {
    FetchedReply reply;
    reply.key = take_key(in);
    const auto error = in.take<std::uint8_t>();
    reply.leader_epoch = LeaderEpoch{in.take<std::int32_t>()};
    const auto diverges = in.take<std::uint8_t>();
    if (error > static_cast<std::uint8_t>(last_fetch_error) || diverges > 1) return std::nullopt;
    reply.error = static_cast<FetchError>(error);
    if (diverges == 1) {
        const LeaderEpoch epoch{in.take<std::int32_t>()};
        reply.diverging = log::EpochEnd{epoch, Offset{in.take<std::int64_t>()}};
        if (reply.diverging->end < Offset{0}) return std::nullopt;
    }
    reply.high_watermark = Offset{in.take<std::int64_t>()};
    reply.log_start = Offset{in.take<std::int64_t>()};
    reply.log_end = Offset{in.take<std::int64_t>()};
    reply.batches_epoch = LeaderEpoch{in.take<std::int32_t>()};
    reply.batch_bytes = in.take<std::uint32_t>();
    const bool ordered =
        Offset{0} <= reply.log_start && Offset{0} <= reply.high_watermark && reply.log_start <= reply.log_end;
    if (!in.ok() || !ordered) return std::nullopt;
    return reply;
}

// Whether the batches are what is left of the message.
bool take_batches(ReplicaFetchReply& reply, std::size_t at, const log::SharedSpan& message) {
    for (auto& partition : reply.partitions) {
        if (partition.batch_bytes > message.bytes.size() - at) return false;
        partition.batches = {message.owner, message.bytes.subspan(at, partition.batch_bytes)};
        at += partition.batch_bytes;
    }
    return at == message.bytes.size();
}

}  // namespace

Bytes encode(const ReplicaFetchRequest& request) {
    Bytes out;
    out.reserve(request_head_bytes + 8 + request.partitions.size() * partition_bytes +
                request.gone.size() * key_bytes);
    put(out, version);
    put(out, request.node.value);
    put(out, request.broker_epoch.value);
    put(out, request.max_wait_ms);
    put(out, request.min_bytes);
    put(out, request.max_bytes);
    put(out, request.sequence);
    put(out, static_cast<std::uint8_t>(request.is_wary ? 1 : 0));
    put(out, static_cast<std::uint32_t>(request.partitions.size()));
    for (const auto& partition : request.partitions) {
        put_key(out, partition.key);
        put(out, partition.leader_epoch.value);
        put(out, partition.fetch_offset.value);
        put(out, partition.last_fetched_epoch.value);
        put(out, partition.log_start.value);
    }
    put(out, static_cast<std::uint32_t>(request.gone.size()));
    for (const auto& key : request.gone) put_key(out, key);
    return out;
}

Result<ReplicaFetchRequest> decode_fetch_request(ByteView bytes) {
    ByteReader in{bytes};
    if (auto known = check_version(in); !known) return known.error();
    ReplicaFetchRequest request;
    request.node = NodeId{in.take<std::int32_t>()};
    request.broker_epoch = BrokerEpoch{in.take<std::int64_t>()};
    request.max_wait_ms = in.take<std::int32_t>();
    request.min_bytes = in.take<std::int32_t>();
    request.max_bytes = in.take<std::int32_t>();
    request.sequence = in.take<std::uint32_t>();
    const auto wary = in.take<std::uint8_t>();
    request.is_wary = wary == 1;
    const auto count = take_count(in, partition_bytes);
    if (!count || wary > 1 || request.max_wait_ms < 0 || request.min_bytes < 0 || request.max_bytes < 0)
        return damaged();
    request.partitions.reserve(*count);
    for (std::uint32_t i = 0; i < *count; ++i) {
        request.partitions.push_back(take_partition(in));
        if (!in.ok() || !sound(request.partitions.back())) return damaged();
    }
    const auto gone = take_count(in, key_bytes);
    if (!gone) return damaged();
    for (std::uint32_t i = 0; i < *gone; ++i) request.gone.push_back(take_key(in));
    if (in.left() != 0) return damaged();
    return request;
}

Bytes encode(const ReplicaFetchReply& reply) {
    Bytes out;
    out.reserve(2 + 1 + 4 + reply.partitions.size() * (smallest_reply_bytes + 12));
    put(out, version);
    put(out, static_cast<std::uint8_t>(reply.is_session_known ? 1 : 0));
    put(out, static_cast<std::uint32_t>(reply.partitions.size()));
    for (const auto& partition : reply.partitions) put_reply(out, partition);
    return out;
}

Result<ReplicaFetchReply> decode_fetch_reply(const log::SharedSpan& message) {
    if (message.bytes.size() > max_reply_bytes)
        return Error{Errc::limit_exceeded, "a replica fetch reply is too large"};
    ByteReader in{message.bytes};
    if (auto known = check_version(in); !known) return known.error();
    const auto is_session_known = in.take<std::uint8_t>();
    const auto count = take_count(in, smallest_reply_bytes);
    if (!count || is_session_known > 1) return damaged();
    ReplicaFetchReply reply{.is_session_known = is_session_known == 1, .partitions = {}};
    reply.partitions.reserve(*count);
    for (std::uint32_t i = 0; i < *count; ++i) {
        auto partition = take_reply(in);
        if (!partition) return damaged();
        reply.partitions.push_back(std::move(*partition));
    }
    if (!take_batches(reply, message.bytes.size() - in.left(), message)) return damaged();
    return reply;
}

}  // namespace weir::replication
