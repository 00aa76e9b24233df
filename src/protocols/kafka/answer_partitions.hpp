// The walk that most requests need: each topic, each of its partitions, an answer for each in the same order.
#pragma once

#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"

namespace weir::kafka {

// Kafka's messages name the same two fields differently.
template <class Topic>
auto& topic_name(Topic& topic) {
    if constexpr (requires { topic.name; }) {
        return topic.name;
    } else {
        return topic.topic;
    }
}
template <class Partition>
auto& partition_index(Partition& partition) {
    if constexpr (requires { partition.partition_index; }) {
        return partition.partition_index;
    } else {
        return partition.partition;
    }
}

// Adds to `replies` what answers the call's topics. `answer(topic, wanted, reply)` fills in one partition's
// reply, whose index is set; `topic` is null if there is none of that name. The error that it returns becomes
// the partition's.
template <class CallType, class TopicReplies, class Answer>
void answer_partitions(const CallType& call, TopicReplies& replies, Answer answer) {
    for (const auto& wanted_topic : call.request.topics) {
        auto& topic_reply = replies.emplace_back();
        topic_name(topic_reply) = topic_name(wanted_topic);
        const auto topic = call.broker().topics().find(topic_name(wanted_topic));
        for (const auto& wanted : wanted_topic.partitions) {
            auto& reply = topic_reply.partitions.emplace_back();
            partition_index(reply) = partition_index(wanted);
            if (Result<void> done = answer(topic.get(), wanted, reply); !done)
                reply.error_code = error_code(done.error().code);
        }
    }
}

}  // namespace weir::kafka
