// How much of a queue log is still needed, stretch by stretch: what may be deleted or is worth compacting.
#pragma once

#include <cstdint>
#include <map>

#include "base/ids.hpp"
#include "broker/queue/message_index.hpp"

namespace weir::queue {

// A message that several queues hold counts in each of them: once nobody needs it, it counts nowhere.
class LogUse {
  public:
    static constexpr std::int64_t stretch = 4096;  // positions that are counted together

    struct Use {
        std::uint64_t references = 0;
        std::uint64_t bytes = 0;  // of content; an upper bound where a message is in several queues
        bool operator==(const Use&) const = default;
    };

    void add(const IndexEntry& entry) { count(entry, 1); }
    void remove(const IndexEntry& entry) { count(entry, -1); }

    // Everything before it is needed by no queue; `end` if nothing is needed.
    Offset first_used(Offset end) const;
    // What is needed of [from, to), widened to whole stretches.
    Use between(Offset from, Offset to) const;
    bool operator==(const LogUse&) const = default;

  private:
    void count(const IndexEntry& entry, int sign);
    void count(Offset position, std::uint64_t bytes, int sign);

    std::map<std::int64_t, Use> stretches_;  // by position / stretch; only those with references
};

}  // namespace weir::queue
