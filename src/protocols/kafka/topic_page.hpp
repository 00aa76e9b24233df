// Which partitions of which topics one answer of DescribeTopicPartitions holds: its cursor and limit
// (KIP-966).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::kafka {

inline constexpr std::int32_t max_page_partitions = 2000;

struct PageStart {
    std::string topic;
    PartitionId partition;
    bool operator==(const PageStart&) const = default;
};
struct PageEntry {
    std::string topic;
    bool is_known = true;  // there is such a topic
    std::int32_t first = 0;
    std::int32_t end = 0;  // behind the last partition
    bool operator==(const PageEntry&) const = default;
};
struct TopicPage {
    std::vector<PageEntry> entries;  // by name
    std::optional<PageStart> next;   // nothing: there is no more
};

// The names of a page that begins at `start`, each once, in order. Where they were asked for by name, that of
// `start` must be among them. Errors: invalid_argument.
Result<std::vector<std::string>> page_names(std::vector<std::string> names, bool are_all,
                                            const std::optional<PageStart>& start);

// `names` are page_names(); `limit` is how many partitions the client wants, of which it gets one at least
// and max_page_partitions at most. `partitions` tells how many a topic has; nothing: there is no such topic.
TopicPage topic_page(const std::vector<std::string>& names, const std::optional<PageStart>& start,
                     std::int32_t limit,
                     const std::function<std::optional<std::int32_t>(std::string_view)>& partitions);

}  // namespace weir::kafka
