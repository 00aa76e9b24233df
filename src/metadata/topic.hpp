// A topic as the catalogue knows it: its identity, where its partitions' replicas lie, and its settings.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "metadata/partition_table.hpp"
#include "metadata/typed_settings.hpp"

namespace weir::metadata {

inline constexpr std::size_t max_topic_name_bytes = 249;
inline constexpr std::size_t max_topics = 1'000'000;
inline constexpr std::size_t max_cluster_partitions = 1'000'000;
inline constexpr std::size_t max_topic_partitions = 10'000;
struct Topic {
    std::string name;
    Uuid id;
    bool is_internal = false;
    Overrides overrides;
    std::shared_ptr<const PartitionTable> partitions;
    std::shared_ptr<const TopicSettings> settings;  // derived, as this node sees them

    std::int32_t partition_count() const { return static_cast<std::int32_t>(partitions->size()); }
    // nullptr if there is no such partition.
    const Partition* partition(PartitionId number) const {
        const auto at = static_cast<std::size_t>(static_cast<std::uint32_t>(number.value));
        return at < partitions->size() ? &(*partitions)[at] : nullptr;
    }
    std::int32_t replication_factor() const {
        return partitions->empty() ? 0 : static_cast<std::int32_t>(partitions->front().original().size());
    }
};

using TopicPtr = std::shared_ptr<const Topic>;

// invalid_name, with what is wrong: 1 to 249 of a-z A-Z 0-9 . _ - and neither "." nor "..".
Result<void> check_topic_name(std::string_view name);

// Two topics must not differ only in '.' and '_': metrics and directory names can't tell them apart.
bool names_collide(std::string_view a, std::string_view b);
// Equal for names that collide.
std::uint64_t topic_name_hash(std::string_view name);
std::uint64_t topic_id_hash(const Uuid& id);

}  // namespace weir::metadata
