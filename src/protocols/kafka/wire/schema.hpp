// How weir describes a Kafka message: a plain struct that names its fields once, for every visitor to walk.
//
// A message is a struct with one static function, `fields(m, v)`, which calls `v.field(member, Field{...})`
// for each field in wire order. Reader, Writer and the tests' visitors walk that one description; nothing is
// generated. The types a member may have, and what they are on the wire:
//  - bool, std::intN_t, double, enum, Id<>, Offset: big-endian, as wide as the type;
//  - Uuid: 16 bytes;
//  - std::string_view, std::string: a string, at most 32,767 bytes;
//  - ByteView, Bytes: bytes;
//  - Records (records.hpp): bytes, some of which a response may leave for the session to send from a file;
//  - std::vector<T>: an array;
//  - std::optional<T>: a T that may be null;
//  - a struct with fields(); if it may be null, it is declared outside the message, or C++ lacks its
//  defaults.
// In flexible versions lengths are compact and every struct ends with its tagged fields (KIP-482).
//
// Requests view, responses own: a string or bytes of a request is a view into its frame and lives as long as
// the frame's bytes do; a response has std::string and Bytes, so that handlers can't leave views that dangle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/uuid.hpp"

namespace weir::kafka {

inline constexpr std::size_t max_elements = 250'000;  // of all arrays of a message: bounds what it unpacks to
inline constexpr std::size_t max_tags = 10'000;       // of one struct
inline constexpr std::size_t max_string = 0x7fff;     // bytes of one string

// An inclusive range of a message's versions.
struct Versions {
    std::int16_t min = 0;
    std::int16_t max = 0x7fff;

    constexpr bool has(std::int16_t version) const { return min <= version && version <= max; }
    constexpr bool operator==(const Versions&) const = default;
};
constexpr Versions since(std::int16_t version) {
    return {version, 0x7fff};
}
constexpr Versions until(std::int16_t version) {
    return {0, version};
}
constexpr Versions between(std::int16_t first, std::int16_t last) {
    return {first, last};
}
inline constexpr Versions always = since(0);
inline constexpr Versions never = {1, 0};

// What the wire needs to know of a field besides its type.
struct Field {
    std::string_view name;
    Versions in = always;       // the versions that carry it
    Versions nullable = never;  // the versions in which it may be null: its type is std::optional then
    int tag = -1;               // >= 0: in the tagged section; a struct names its tags in ascending order
    std::int64_t unset = 0;     // the default of a tagged number, which is not sent; other types' is T{}
};

// One of the protocol's calls: what its request and its response have in common.
struct Api {
    std::int16_t key = 0;
    std::string_view name;
    Versions versions;                 // those weir reads and writes
    Versions flexible = never;         // those with compact lengths and tagged fields
    std::int16_t advertised_min = -1;  // what ApiVersions says instead of versions.min; -1: versions.min

    constexpr Versions advertised() const {
        return {advertised_min < 0 ? versions.min : advertised_min, versions.max};
    }
};

// ---- The kinds of types, for visitors.

template <class T, template <class...> class Of>
inline constexpr bool is_instance = false;
template <template <class...> class Of, class... A>
inline constexpr bool is_instance<Of<A...>, Of> = true;

template <class T>
inline constexpr bool is_id = std::is_same_v<T, Offset>;
template <class Tag, class N>
inline constexpr bool is_id<Id<Tag, N>> = true;

// What goes over the wire as a fixed number of bytes in network order.
template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T> || is_id<T>;
template <class T>
concept Text = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;
template <class T>
concept Binary = std::is_same_v<T, Bytes> || std::is_same_v<T, ByteView>;
template <class T>
concept Array = is_instance<T, std::vector> && !Binary<T>;
template <class T>
concept Nullable = is_instance<T, std::optional>;

struct AnyVisitor {
    void field(const auto&, const Field&) {}
};
template <class T>
concept Struct = requires(T& m, AnyVisitor v) { T::fields(m, v); };

// The integer that stands for a Number on the wire.
template <Number T>
constexpr auto wire_integer(T value) {
    if constexpr (is_id<T>)
        return value.value;
    else if constexpr (std::is_same_v<T, bool>)
        return static_cast<std::int8_t>(value);
    else if constexpr (std::is_same_v<T, double>)
        return __builtin_bit_cast(std::int64_t, value);
    else if constexpr (std::is_enum_v<T>)
        return static_cast<std::underlying_type_t<T>>(value);
    else
        return value;
}
template <Number T>
using WireInteger = decltype(wire_integer(T{}));

template <Number T>
constexpr T from_wire(WireInteger<T> raw) {
    if constexpr (std::is_same_v<T, bool>)
        return raw != 0;
    else if constexpr (std::is_same_v<T, double>)
        return __builtin_bit_cast(double, raw);
    else
        return static_cast<T>(raw);
}

// Whether a tagged field has its default and so stays off the wire.
template <class T>
bool is_unset(const T& value, const Field& f) {
    if constexpr (Number<T>)
        return wire_integer(value) == f.unset;
    else if constexpr (Nullable<T>)
        return !value.has_value();
    else if constexpr (Struct<T> || std::is_same_v<T, Uuid>)
        return value == T{};
    else
        return value.empty();
}

}  // namespace weir::kafka
