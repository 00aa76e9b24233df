// ListOffsets: a partition's first and next offset, or the first record at or after a time.
#include "broker/message/record_search.hpp"
#include "protocols/kafka/answer_partitions.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t max_timestamp = -3;  // since version 7 (KIP-734)

using Found = std::optional<log::TimestampedOffset>;

// Reads a batch into memory and looks inside it for the record.
template <class Look>
Result<Found> look_inside(const Result<std::optional<log::FileRange>>& range, Look look) {
    if (!range) return range.error();
    if (!*range) return Found{};
    Bytes batch((*range)->size);
    const auto read = (*range)->file->read((*range)->position, batch);
    if (!read) return read.error();
    if (*read != batch.size()) return Error{Errc::corrupt, "a segment is shorter than its index says"};
    return look(ByteView{batch});
}

// The batch's header may promise a later timestamp than its records keep, so the search can need several
// batches.
Result<Found> find_time(log::PartitionLog& log, std::int64_t timestamp_ms) {
    return look_inside(log.find_timestamp(timestamp_ms, log.readable_end()),
                       [&](ByteView batch) { return message::find_first_at_or_after(batch, timestamp_ms); });
}

Result<Found> find(log::PartitionLog& log, std::int64_t timestamp_ms, LeaderEpoch epoch) {
    switch (timestamp_ms) {
        case latest: return Found{{log.readable_end(), -1, epoch}};
        case earliest: return Found{{log.log_start(), -1, epoch}};
        case max_timestamp:
            return look_inside(log.find_max_timestamp(),
                               [](ByteView batch) { return message::find_greatest_timestamp(batch); });
        default: break;
    }
    if (timestamp_ms < 0) return Error{Errc::unsupported, "this special timestamp is not known"};
    return find_time(log, timestamp_ms);
}

// Since version 5 there is an error of its own for a leader that does not know yet; clients try again.
ErrorCode not_known_yet(std::int16_t version) {
    return version >= 5 ? ErrorCode::offset_not_available : ErrorCode::leader_not_available;
}

Result<void> answer(const ListOffsetsCall& call, const broker::Topic* topic,
                    const ListOffsetsRequest::Partition& wanted, ListOffsetsResponse::Partition& reply) {
    const auto log = find_led_partition(topic, wanted.partition_index, wanted.current_leader_epoch);
    if (!log) return log.error();
    const auto found =
        find(**log, wanted.timestamp, topic->partition(wanted.partition_index)->leader_epoch());
    if (!found) return found.error();
    // Looked at last: a change of leaders meanwhile may have moved the end back.
    if (wanted.timestamp != earliest && !(*log)->is_readable_end_certain()) {
        reply.error_code = not_known_yet(call.version());
        return {};
    }
    if (!*found) return {};  // no record that late: no error, offset -1
    reply.offset = (*found)->offset;
    reply.timestamp = (*found)->timestamp_ms;
    reply.leader_epoch = (*found)->epoch;
    return {};
}

}  // namespace

void handle_list_offsets(ListOffsetsCall call) {
    ListOffsetsResponse response;
    answer_partitions(call, response.topics, [&](const auto* topic, const auto& wanted, auto& reply) {
        return answer(call, topic, wanted, reply);
    });
    call.reply(response);
}

}  // namespace weir::kafka
