// The numbers that name things, each a type of its own, so that an offset can't be passed for an epoch.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace weir {

template <class Tag, class Number>
struct Id {
    using Rep = Number;
    Number value{};

    constexpr Id() = default;
    constexpr explicit Id(Number v) : value(v) {}
    constexpr auto operator<=>(const Id&) const = default;
};

// A position in one partition's log: the number of its record, from 0.
struct Offset {
    std::int64_t value = 0;

    constexpr Offset() = default;
    constexpr explicit Offset(std::int64_t v) : value(v) {}
    constexpr auto operator<=>(const Offset&) const = default;
    constexpr Offset operator+(std::int64_t count) const { return Offset{value + count}; }
    constexpr Offset operator-(std::int64_t count) const { return Offset{value - count}; }
    constexpr std::int64_t operator-(Offset other) const { return value - other.value; }
};

using NodeId = Id<struct NodeIdTag, std::int32_t>;
using PartitionId = Id<struct PartitionIdTag, std::int32_t>;  // a partition's index within its topic, from 0
using LeaderEpoch = Id<struct LeaderEpochTag, std::int32_t>;  // counts a partition's leaders; -1: none known
using PartitionEpoch =
    Id<struct PartitionEpochTag, std::int32_t>;               // counts a partition's changes in the catalogue
using BrokerEpoch = Id<struct BrokerEpochTag, std::int64_t>;  // counts a node's starts
using ProducerId = Id<struct ProducerIdTag, std::int64_t>;    // names an idempotent producer; -1: none
using ProducerEpoch = Id<struct ProducerEpochTag, std::int16_t>;

inline constexpr ProducerId no_producer{-1};
inline constexpr LeaderEpoch no_epoch{-1};

}  // namespace weir

template <class Tag, class Number>
struct std::hash<weir::Id<Tag, Number>> {
    std::size_t operator()(weir::Id<Tag, Number> id) const noexcept { return std::hash<Number>{}(id.value); }
};
