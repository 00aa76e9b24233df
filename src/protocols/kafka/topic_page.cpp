// Pages of topics and partitions.
#include "protocols/kafka/topic_page.hpp"

#include <algorithm>

namespace weir::kafka {

Result<std::vector<std::string>> page_names(std::vector<std::string> names, bool are_all,
                                            const std::optional<PageStart>& start) {
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    if (!start) return names;
    names.erase(names.begin(), std::ranges::lower_bound(names, start->topic));
    if (!are_all && (names.empty() || names.front() != start->topic))
        return Error{Errc::invalid_argument, "the cursor's topic is not among those asked for"};
    if (start->partition.value < 0)
        return Error{Errc::invalid_argument, "the cursor's partition is negative"};
    return names;
}

TopicPage topic_page(const std::vector<std::string>& names, const std::optional<PageStart>& start,
                     std::int32_t limit,
                     const std::function<std::optional<std::int32_t>(std::string_view)>& partitions) {
    TopicPage page;
    auto left = std::clamp(limit, 1, max_page_partitions);
    for (const auto& name : names) {
        if (left == 0) {
            page.next = {name, PartitionId{0}};
            break;
        }
        const auto count = partitions(name);
        if (!count) {
            page.entries.push_back({.topic = name, .is_known = false});
            continue;
        }
        const bool begins_here = start && start->topic == name;
        const auto first = begins_here ? std::min(start->partition.value, *count) : 0;
        const auto end = first + std::min(left, *count - first);
        page.entries.push_back({name, true, first, end});
        if (end < *count) {
            page.next = {name, PartitionId{end}};
            break;
        }
        left -= end - first;
    }
    return page;
}

}  // namespace weir::kafka
