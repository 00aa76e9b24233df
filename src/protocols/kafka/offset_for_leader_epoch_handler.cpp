// OffsetForLeaderEpoch: where an epoch's records end, so that a client can tell whether its log was
// truncated.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

void handle_offset_for_leader_epoch(OffsetForLeaderEpochCall call) {
    OffsetForLeaderEpochResponse response;
    for (const auto& wanted_topic : call.request.topics) {
        auto& topic_reply = response.topics.emplace_back();
        topic_reply.topic = wanted_topic.topic;
        const auto topic = call.broker().topics().find(wanted_topic.topic);
        for (const auto& wanted : wanted_topic.partitions) {
            auto& reply = topic_reply.partitions.emplace_back();
            reply.partition = wanted.partition;
            const auto log = find_led_partition(topic.get(), wanted.partition, wanted.current_leader_epoch);
            if (!log) {
                reply.error_code = error_code(log.error().code);
            } else if (wanted.leader_epoch > topic->partition(wanted.partition)->leader_epoch) {
                continue;  // an epoch that never was: -1 for both
            } else if (const auto found = (*log)->end_of_epoch(wanted.leader_epoch)) {
                reply.leader_epoch = found->epoch;
                reply.end_offset = found->end;
            }
        }
    }
    call.reply(response);
}

}  // namespace weir::kafka
