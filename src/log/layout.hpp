// The names of the files below a data directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/partition_log.hpp"

namespace weir::log {

inline constexpr std::string_view topics_folder = "topics";
inline constexpr std::string_view journal_folder = "journal";
inline constexpr std::string_view checkpoint_file = "checkpoint";
inline constexpr std::string_view lock_file = "lock";
inline constexpr std::string_view loss_file = "lost";  // see StoreLoss
inline constexpr std::size_t longest_label = 200;

// "orders.3vFw…": the topic's name, as far as a file name can bear it, and its id.
std::string topic_folder(std::string_view label, const Uuid& topic_id);
std::optional<Uuid> parse_topic_folder(std::string_view name);

// "7-00000000000000012345": the partition and the first offset; ".log" and ".index" come behind it.
std::string segment_stem(PartitionId partition, Offset base);
struct SegmentName {
    PartitionId partition;
    Offset base;
    bool index = false;
};
std::optional<SegmentName> parse_segment_name(std::string_view name);

// "7.damaged": what is known of damage to the partition's log (docs/formats/damage.md).
std::string damage_name(PartitionId partition);
std::optional<PartitionId> parse_damage_name(std::string_view name);

// "journal-00000000000000000042".
std::string journal_name(std::uint64_t number);
std::optional<std::uint64_t> parse_journal_name(std::string_view name);

}  // namespace weir::log
