// DescribeProducers: the idempotent producers that the logs here remember.
#include <set>

#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

using ProducersOfPartition = DescribeProducersResponse::Partition;

constexpr std::int32_t no_coordinator = -1;

// As in Kafka, any replica may be asked: a log that is here knows.
Result<std::vector<log::ProducerSummary>> producers(const broker::Topic* topic, PartitionId number) {
    const auto partition = topic == nullptr ? nullptr : topic->partition(number);
    if (!partition) return Error{Errc::not_found};
    const auto log = partition->log();
    if (!log) return Error{Errc::not_leader, "this node has no replica of the partition"};
    return log->producers();
}

ProducersOfPartition describe(const broker::Topic* topic, PartitionId number) {
    ProducersOfPartition reply{.partition_index = number};
    const auto found = producers(topic, number);
    if (!found) {
        reply.error_code = error_code(found.error().code);
        if (!found.error().message.empty()) reply.error_message = found.error().message;
        return reply;
    }
    for (const auto& producer : *found) {
        reply.active_producers.push_back({.producer_id = producer.id,
                                          .producer_epoch = producer.epoch.value,
                                          .last_sequence = producer.last_sequence,
                                          .last_timestamp = producer.last_timestamp_ms,
                                          .coordinator_epoch = no_coordinator});
    }
    return reply;
}

}  // namespace

void handle_describe_producers(DescribeProducersCall call) {
    DescribeProducersResponse response;
    // Each partition once: a small request must not have an answer that fills the memory.
    std::set<std::pair<std::string_view, PartitionId>> answered;
    for (const auto& wanted : call.request.topics) {
        const auto topic = call.broker().topics().find(wanted.name);
        auto& reply = response.topics.emplace_back();
        reply.name = wanted.name;
        for (const auto number : wanted.partition_indexes) {
            if (answered.insert({wanted.name, number}).second)
                reply.partitions.push_back(describe(topic.get(), number));
        }
    }
    call.reply(response);
}

}  // namespace weir::kafka
