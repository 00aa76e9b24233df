// Variable-length integers: base 128, least significant group first, signed ones zig-zag (as protobuf and
// Kafka).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace weir {

// Takes an unsigned varint off the front of `in`. Nothing if it is cut short or longer than 64 bits.
inline std::optional<std::uint64_t> take_uvarint(ByteView& in) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
        value |= std::uint64_t{in[i] & 0x7fu} << (7 * i);
        if (in[i] & 0x80) continue;
        if (i == 9 && in[i] > 1) return std::nullopt;
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

inline void put_uvarint(Bytes& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}

inline void put_varint(Bytes& out, std::int64_t value) {
    put_uvarint(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

}  // namespace weir
