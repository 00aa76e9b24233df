// Bytes: the owned and borrowed forms, and integers in network (big-endian) and little-endian order.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {
template <class T>
T byte_swapped(T value) {
    if constexpr (sizeof(T) == 1) return value;
    if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}
}  // namespace detail

// The four below do not check bounds: the caller has sizeof(T) bytes at `at`.
template <class T>
T load_little(const std::uint8_t* at) {
    static_assert(std::is_integral_v<T> && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}
template <class T>
void store_little(std::uint8_t* at, T value) {
    static_assert(std::is_integral_v<T> && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    std::memcpy(at, &value, sizeof value);
}
template <class T>
T load_big(const std::uint8_t* at) {
    return detail::byte_swapped(load_little<T>(at));
}
template <class T>
void store_big(std::uint8_t* at, T value) {
    store_little(at, detail::byte_swapped(value));
}

}  // namespace weir
