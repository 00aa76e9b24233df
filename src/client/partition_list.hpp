// Lists of partitions on their way to and from librdkafka.
#pragma once

#include "client/admin_call.hpp"
#include "client/offsets.hpp"

namespace weir::client {

inline PartitionList make_partition_list(const std::vector<TopicPartition>& partitions, std::int64_t offset) {
    PartitionList list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
    for (const auto& [topic, partition] : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    return list;
}

inline PartitionList make_partition_list(const Offsets& offsets) {
    PartitionList list{rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size()))};
    for (const auto& [at, offset] : offsets) {
        rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = offset.value;
    }
    return list;
}

}  // namespace weir::client
