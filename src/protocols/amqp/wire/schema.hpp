// How weir describes a method of AMQP 0-9-1: a plain struct that names its fields once, for every visitor to
// walk.
//
// A method is a struct with a `MethodInfo` called `info` and one static function, `fields(m, v)`, which calls
// `v.field("name", member)` for each field in wire order. Reader, Writer, Printer and the tests' visitors
// walk that one description; nothing is generated. The types a member may have, and what they are on the
// wire (AMQP 0-9-1 section 4.2.5):
//  - bool: a bit; neighbours share an octet, the first in its lowest bit;
//  - std::uint8_t, 16, 32, 64: octet, short, long and longlong (or timestamp), big-endian;
//  - std::string_view: a short string, at most 255 bytes;
//  - LongString and Secret: a long string;
//  - Table (field_table.hpp): a field table.
//
// Methods view: strings and tables of a method that was read point into its frame, and live as long as the
// frame's bytes do; those of a method to be written need to live until it is encoded, which is at once.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/bytes.hpp"
#include "protocols/amqp/wire/field_table.hpp"

namespace weir::amqp {

inline constexpr std::size_t max_short_string = 255;  // bytes

// The number of a channel within its connection; 0 is the connection itself.
using ChannelNumber = std::uint16_t;

// What names a method on the wire, and in the errors that it causes.
struct MethodId {
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    constexpr bool operator==(const MethodId&) const = default;
    constexpr std::uint32_t number() const { return std::uint32_t{class_id} << 16 | method_id; }
};
inline constexpr MethodId no_method{};

// Who may send a method.
enum class Sender { client, server, either };

struct MethodInfo {
    MethodId id;
    std::string_view name;  // as the specification writes it: "queue.declare-ok"
    Sender sender = Sender::client;
    bool has_content = false;  // a header and a body follow
};

struct LongString {
    std::string_view text;
    bool operator==(const LongString&) const = default;
};

// A long string that no log may show.
struct Secret {
    std::string_view text;
    bool operator==(const Secret&) const = default;
};

// ---- The kinds of types, for visitors.

template <class T>
concept Bit = std::same_as<T, bool>;
template <class T>
concept Number = std::unsigned_integral<T> && !Bit<T>;
template <class T>
concept LongText = std::same_as<T, LongString> || std::same_as<T, Secret>;

struct AnyVisitor {
    void field(std::string_view, auto&) {}
};
template <class M>
concept Method = requires(M& m, AnyVisitor v) {
    { M::info } -> std::convertible_to<MethodInfo>;
    M::fields(m, v);
};

}  // namespace weir::amqp
