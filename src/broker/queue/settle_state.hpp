// Which messages of one sequence of numbers are settled: the cursor of whoever acknowledges one by one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "broker/queue/bit_pages.hpp"
#include "broker/queue/field_codec.hpp"

namespace weir::queue {

// Knows nothing of queues or logs: the numbers are a queue's own, or a partition's offsets.
//
// Everything before the floor is settled; above it a bit for each message, in pages; and what came back, with
// a count, for those few that did.
class SettleState {
  public:
    struct Attempts {
        std::uint32_t count = 0;          // how often it came back
        std::int64_t not_before_ms = -1;  // wall clock
        bool operator==(const Attempts&) const = default;
    };

    // The numbers before `first` do not concern this cursor.
    explicit SettleState(std::uint64_t first = 0) : floor_(first), delivered_(first) {}

    std::uint64_t floor() const { return floor_; }
    bool is_settled(std::uint64_t number) const { return number < floor_ || settled_.test(number); }
    // Settled numbers at or above the floor.
    std::uint64_t settled_above_floor() const { return settled_.count(); }
    // The first number at or behind `from` that is not settled; it may lie behind the last message.
    std::uint64_t next_open(std::uint64_t from) const;
    // Whether all of the 64 numbers of which `number` is one are settled.
    bool is_word_settled(std::uint64_t number) const;
    // Whether that changed anything. The caller bounds the numbers: memory goes with their distance.
    bool settle(std::uint64_t number);

    // All numbers before it may have been delivered; it only rises.
    std::uint64_t delivered_mark() const { return delivered_; }
    void raise_delivered_mark(std::uint64_t mark) { delivered_ = std::max(delivered_, mark); }

    // Nothing for a message that never came back, or is settled.
    const Attempts* attempts(std::uint64_t number) const;
    void set_attempts(std::uint64_t number, Attempts attempts);
    using AllAttempts = std::map<std::uint64_t, Attempts>;
    const AllAttempts* all_attempts() const { return attempts_.get(); }

    // The form that checkpoints have. What is not settled must lie in [begin, end), whose length bounds the
    // memory.
    void write(FieldWriter& out) const;
    static SettleState read(FieldReader& in, std::uint64_t begin, std::uint64_t end);

  private:
    std::uint64_t floor_;
    BitPages settled_;  // of those at or above the floor
    std::unique_ptr<AllAttempts> attempts_;
    std::uint64_t delivered_;
};

}  // namespace weir::queue
