// Partitions by their topics' names, as messages between nodes hold them.
#pragma once

#include "metadata/cluster_requests.hpp"
#include "metadata/field_codec.hpp"

namespace weir::cluster {

inline void put_partition(metadata::FieldWriter& out, const metadata::TopicPartition& partition) {
    out.text(partition.topic);
    out.signed_number(partition.partition.value);
}

// A number that no partition has is for the decision to refuse.
inline metadata::TopicPartition take_partition(metadata::FieldReader& in) {
    metadata::TopicPartition out;
    out.topic = in.text(0x7fff);
    out.partition = PartitionId{static_cast<std::int32_t>(in.signed_number(INT32_MIN, INT32_MAX))};
    return out;
}

inline void put_partitions(metadata::FieldWriter& out,
                           const std::vector<metadata::TopicPartition>& partitions) {
    out.number(partitions.size());
    for (const auto& partition : partitions) put_partition(out, partition);
}

inline std::vector<metadata::TopicPartition> take_partitions(metadata::FieldReader& in) {
    std::vector<metadata::TopicPartition> out;
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left)
        out.push_back(take_partition(in));
    return out;
}

}  // namespace weir::cluster
