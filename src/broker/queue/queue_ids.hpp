// What names a queue, a message in it, and those who consume.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/queue_id.hpp"

namespace weir::queue {

using weir::QueueId;
using ConsumerId = Id<struct ConsumerIdTag, std::uint64_t>;  // chosen by the machine's owner, never twice
// Who holds messages that are not settled yet: a channel, a session, a link. Its end releases them all.
using HolderId = Id<struct HolderIdTag, std::uint64_t>;

inline constexpr ConsumerId no_consumer{0};
inline constexpr HolderId no_holder{0};
using weir::queue_id_limit;

// A message within its queue: its lane (its priority there) in the top 8 bits, its number within the lane,
// dense from 0, below them. Only the numbers of one lane can be compared.
struct Sequence {
    static constexpr int number_bits = 56;
    std::uint64_t value = 0;

    constexpr Sequence() = default;
    constexpr explicit Sequence(std::uint64_t v) : value(v) {}
    constexpr Sequence(std::uint8_t lane, std::uint64_t number)
        : value(std::uint64_t{lane} << number_bits | number) {}
    constexpr std::uint8_t lane() const { return static_cast<std::uint8_t>(value >> number_bits); }
    constexpr std::uint64_t number() const { return value & ((std::uint64_t{1} << number_bits) - 1); }
    constexpr auto operator<=>(const Sequence&) const = default;
};

// Messages of one lane with consecutive numbers.
struct SequenceRange {
    Sequence first;
    std::uint64_t count = 1;
    bool operator==(const SequenceRange&) const = default;
};

// Where the record lies that is a message of a subscription.
struct RecordPosition {
    static constexpr int offset_bits = 44;
    PartitionId partition;
    Offset offset;

    static constexpr std::int32_t partition_limit = 1 << 18;
    static constexpr std::int64_t offset_limit = std::int64_t{1} << offset_bits;

    // As one number, in place of a position in the queue log.
    constexpr Offset packed() const {
        return Offset{std::int64_t{partition.value} << offset_bits | offset.value};
    }
    static constexpr RecordPosition unpacked(Offset position) {
        return {PartitionId{static_cast<std::int32_t>(position.value >> offset_bits)},
                Offset{position.value & (offset_limit - 1)}};
    }
    bool operator==(const RecordPosition&) const = default;
};

// Why a message left a queue.
enum class Reason : std::uint8_t {
    consumed,
    rejected,
    expired,
    max_length,
    delivery_limit,
    purged,
    moved,  // to another queue, by an operator
};
inline constexpr std::uint8_t reason_count = 7;

}  // namespace weir::queue
