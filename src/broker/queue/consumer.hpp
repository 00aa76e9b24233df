// Who takes messages from one queue, and how many.
#pragma once

#include <cstdint>

#include "broker/queue/queue_ids.hpp"

namespace weir::queue {

struct Consumer {
    ConsumerId id;
    HolderId holder;
    std::uint64_t window = 0;           // of messages that it holds; 0: no limit
    std::uint64_t credit = UINT64_MAX;  // of messages that it still takes; UINT64_MAX: no limit
    std::int32_t priority = 0;
    bool settles_at_send = false;
    bool exclusive = false;
    std::uint64_t held = 0;
};

}  // namespace weir::queue
