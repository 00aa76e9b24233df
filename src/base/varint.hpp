// Variable-length integers: base 128, least significant group first, signed ones zig-zag (as protobuf and
// Kafka).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace weir {

inline constexpr std::size_t max_varint_bytes = 10;  // of 64 bits

// Takes an unsigned varint off the front of `in`. Nothing if it is cut short or longer than 64 bits.
inline std::optional<std::uint64_t> take_uvarint(ByteView& in) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < in.size() && i < max_varint_bytes; ++i) {
        value |= std::uint64_t{in[i] & 0x7fu} << (7 * i);
        if (in[i] & 0x80) continue;
        if (i == max_varint_bytes - 1 && in[i] > 1) return std::nullopt;
        in = in.subspan(i + 1);
        return value;
    }
    return std::nullopt;
}

inline std::optional<std::int64_t> take_varint(ByteView& in) {
    const auto raw = take_uvarint(in);
    if (!raw) return std::nullopt;
    return static_cast<std::int64_t>(*raw >> 1) ^ -static_cast<std::int64_t>(*raw & 1);
}

// As it is mapped to a small unsigned number: 0, -1, 1, -2, ... to 0, 1, 2, 3, ...
constexpr std::uint64_t zig_zag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

// How many bytes it takes, at most 10.
constexpr std::size_t uvarint_size(std::uint64_t value) {
    return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}
constexpr std::size_t varint_size(std::int64_t value) {
    return uvarint_size(zig_zag(value));
}

// Writes to where there is room for it; where it ends.
inline std::uint8_t* write_uvarint(std::uint8_t* at, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<std::uint8_t>(value | 0x80);
    *at++ = static_cast<std::uint8_t>(value);
    return at;
}
inline std::uint8_t* write_varint(std::uint8_t* at, std::int64_t value) {
    return write_uvarint(at, zig_zag(value));
}

inline void put_uvarint(Bytes& out, std::uint64_t value) {
    if (value < 0x80) return out.push_back(static_cast<std::uint8_t>(value));
    std::array<std::uint8_t, max_varint_bytes> room;
    out.insert(out.end(), room.data(), write_uvarint(room.data(), value));
}

inline void put_varint(Bytes& out, std::int64_t value) {
    put_uvarint(out, zig_zag(value));
}

}  // namespace weir
