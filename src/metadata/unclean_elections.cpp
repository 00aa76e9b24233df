// Partition by partition, before and after.
#include "metadata/unclean_elections.hpp"

namespace weir::metadata {

std::vector<TopicPartition> unclean_elections(const CatalogueChanges& changes) {
    std::vector<TopicPartition> out;
    for (const auto& change : changes.topics) {
        if (!change.before || !change.after) continue;
        for (std::int32_t i = 0; i < change.before->partition_count(); ++i) {
            const PartitionId id{i};
            if (is_unclean_election(*change.before->partition(id), *change.after->partition(id)))
                out.push_back({change.after->name, id});
        }
    }
    return out;
}

}  // namespace weir::metadata
