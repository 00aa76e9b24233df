// What has passed through a queue, for those who watch it.
#pragma once

#include <cstdint>

namespace weir::queue {

// Since this leader of its log began to lead.
struct QueueCounters {
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;    // to consumers, and one by one
    std::uint64_t redelivered = 0;  // of these
    std::uint64_t acknowledged = 0;
    QueueCounters& operator+=(const QueueCounters& more) {
        published += more.published;
        delivered += more.delivered;
        redelivered += more.redelivered;
        acknowledged += more.acknowledged;
        return *this;
    }
    bool operator==(const QueueCounters&) const = default;
};

}  // namespace weir::queue
