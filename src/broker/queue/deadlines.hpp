// What is to be looked at because of time, the earliest first.
#pragma once

#include <cstdint>
#include <limits>
#include <queue>
#include <vector>

namespace weir::queue {

inline constexpr std::int64_t never_ms = std::numeric_limits<std::int64_t>::max();

enum class DeadlineKind : std::uint8_t {
    head,       // a queue: its oldest message expires
    lease,      // a queue: nobody has used it
    retention,  // a queue: kept messages may go
    deferred,   // a message of a queue may be delivered again
    delayed,    // a message comes into its queues
};

// A heap of 24 bytes an entry. Nothing is ever taken out before its time: who put it in looks, when it comes
// up, whether it still means anything.
class Deadlines {
  public:
    struct Deadline {
        std::int64_t due_ms;     // wall clock
        std::uint64_t what;      // the kind in the top 8 bits, a queue or a position below them
        std::uint64_t sequence;  // a message of the queue

        DeadlineKind kind() const { return static_cast<DeadlineKind>(what >> 56); }
        std::uint64_t id() const { return what & ((std::uint64_t{1} << 56) - 1); }
        auto operator<=>(const Deadline&) const = default;
    };

    void add(std::int64_t due_ms, DeadlineKind kind, std::uint64_t id, std::uint64_t sequence = 0) {
        heap_.push({due_ms, static_cast<std::uint64_t>(kind) << 56 | id, sequence});
    }
    std::int64_t next_ms() const { return heap_.empty() ? never_ms : heap_.top().due_ms; }
    Deadline take() {
        const Deadline first = heap_.top();
        heap_.pop();
        return first;
    }
    std::size_t size() const { return heap_.size(); }

  private:
    std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> heap_;
};

}  // namespace weir::queue
