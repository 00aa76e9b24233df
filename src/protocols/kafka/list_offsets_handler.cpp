// ListOffsets: a partition's first and next offset, or the first record at or after a time; also of what
// queues keep.
#include "broker/message/time_search.hpp"
#include "protocols/kafka/answer_partitions.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"
#include "protocols/kafka/queue_reads.hpp"

namespace weir::kafka {

namespace {

constexpr std::int16_t first_version_with_wait = 5;
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t max_timestamp = -3;  // since version 7 (KIP-734)

using FoundOffset = std::optional<log::TimestampedOffset>;

Result<FoundOffset> find(log::PartitionLog& log, std::int64_t timestamp_ms, LeaderEpoch epoch) {
    switch (timestamp_ms) {
        case latest: return FoundOffset{{log.readable_end(), -1, epoch}};
        case earliest: return FoundOffset{{log.log_start(), -1, epoch}};
        case max_timestamp: return message::find_greatest_time(log);
        default: break;
    }
    if (timestamp_ms < 0) return Error{Errc::unsupported, "this special timestamp is not known"};
    return message::find_time(log, timestamp_ms);
}

// `knows_wait`: the client knows the error by which a new leader says that it can't tell yet.
Result<void> answer(const broker::Topic* topic, const ListOffsetsRequest::Partition& wanted,
                    ListOffsetsResponse::Partition& reply, bool knows_wait) {
    const auto log = find_led_partition(topic, wanted.partition_index, wanted.current_leader_epoch);
    if (!log) return log.error();
    if (wanted.timestamp != earliest && !may_tell_end(*topic, wanted.partition_index, **log)) {
        reply.error_code = knows_wait ? ErrorCode::offset_not_available : ErrorCode::leader_not_available;
        return {};
    }
    const auto found =
        find(**log, wanted.timestamp, topic->partition(wanted.partition_index)->leader_epoch());
    if (!found) return found.error();
    if (!*found) return {};  // no record that late: no error, offset -1
    reply.offset = (*found)->offset;
    reply.timestamp = (*found)->timestamp_ms;
    reply.leader_epoch = (*found)->epoch;
    return {};
}

// ---- what queues keep

std::optional<queue::ReadStart> start_of(std::int64_t timestamp) {
    using Kind = queue::ReadStart::Kind;
    switch (timestamp) {
        case latest: return queue::ReadStart{Kind::next, 0};
        case earliest: return queue::ReadStart{Kind::first, 0};
        case max_timestamp: return queue::ReadStart{Kind::last, 0};
        default: break;
    }
    if (timestamp < 0) return std::nullopt;
    return queue::ReadStart{Kind::at_time, timestamp};
}

std::vector<QueueRead> reads_of(const ListOffsetsCall& call) {
    std::vector<QueueRead> reads;
    for (const auto& topic : call.request.topics) {
        const auto view = find_queue(call.broker(), topic.name);
        if (!view) continue;
        for (const auto& wanted : topic.partitions) {
            const auto start = start_of(wanted.timestamp);
            const bool is_of_time = wanted.timestamp >= 0 || wanted.timestamp == max_timestamp;
            if (start)
                reads.push_back({{*view, wanted.partition_index},
                                 {.queue = view->queue, .from = *start, .most_bytes = is_of_time ? 1u : 0u}});
        }
    }
    return reads;
}

Result<void> answer(const Result<QueueAnswer>& read, const ListOffsetsRequest::Partition& wanted,
                    ListOffsetsResponse::Partition& reply) {
    if (!read) return read.error();
    const bool is_of_time = wanted.timestamp >= 0 || wanted.timestamp == max_timestamp;
    if (is_of_time && read->batch.empty()) return {};  // no record that late
    reply.offset = read->from;
    if (is_of_time) reply.timestamp = read->timestamp_ms;
    return {};
}

void answer_all(const ListOffsetsCall& call, const QueueAnswers& queues) {
    ListOffsetsResponse response;
    const bool knows_wait = call.version() >= first_version_with_wait;
    answer_partitions(call, response.topics, [&](const auto* topic, const auto& wanted, auto& reply) {
        const auto* read = queues.find(response.topics.back().name, wanted.partition_index);
        return read != nullptr ? answer(*read, wanted, reply) : answer(topic, wanted, reply, knows_wait);
    });
    call.reply(response);
}

}  // namespace

void handle_list_offsets(ListOffsetsCall call) {
    auto& broker = call.broker();
    auto& reactor = call.exchange->reactor();
    const auto reads = reads_of(call);
    read_queues(broker, reactor, reads,
                [call = std::move(call)](const QueueAnswers& queues) { answer_all(call, queues); });
}

}  // namespace weir::kafka
