// OffsetForLeaderEpoch: where an epoch's records end, so that a client can tell whether its log was
// truncated.
#include "protocols/kafka/answer_partitions.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

Result<void> answer_epoch_end(const broker::Topic* topic,
                              const OffsetForLeaderEpochRequest::Partition& wanted,
                              OffsetForLeaderEpochResponse::Partition& reply) {
    const auto log = find_led_partition(topic, wanted.partition, wanted.current_leader_epoch);
    if (!log) return log.error();
    // An epoch that never was: -1 for both.
    if (wanted.leader_epoch > topic->partition(wanted.partition)->leader_epoch()) return {};
    if (const auto found = (*log)->end_of_epoch(wanted.leader_epoch)) {
        reply.leader_epoch = found->epoch;
        reply.end_offset = found->end;
    }
    return {};
}

}  // namespace

void handle_offset_for_leader_epoch(OffsetForLeaderEpochCall call) {
    OffsetForLeaderEpochResponse response;
    answer_partitions(call, response.topics, answer_epoch_end);
    call.reply(response);
}

}  // namespace weir::kafka
