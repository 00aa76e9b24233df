// Queues that keep what is acknowledged, under the names that they have among the topics, where they can be
// read by offset and nothing else (docs/decisions/0017).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/catalogue.hpp"

namespace weir::broker {

// The queues of this virtual host are seen among the topics.
inline constexpr std::string_view viewed_host = "/";
inline constexpr std::string_view view_prefix = "queue.";

struct QueueView {
    std::string topic;  // its name there
    QueueId queue;
    std::string queue_name;
    std::int32_t partitions = 1;  // one for each priority, from the lowest on
};

// The queue that a topic's name means; nothing if there is none, or a topic hides it.
std::optional<QueueView> find_view(const metadata::Catalogue& catalogue, std::string_view topic);
// All of them, by name. A queue whose name can't be part of a topic's has none.
std::vector<QueueView> all_views(const metadata::Catalogue& catalogue);

// The log that the queue is in: a partition of the queues' topic. Null while there are no queue logs.
struct LogPlace {
    const metadata::Topic* topic = nullptr;
    PartitionId partition;
};
LogPlace log_place(const metadata::Catalogue& catalogue, QueueId queue);

}  // namespace weir::broker
