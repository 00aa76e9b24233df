// A 128-bit identifier, as topics and clusters bear it; its text form is 22 characters of base64url.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    constexpr auto operator<=>(const Uuid&) const = default;
    bool is_zero() const { return *this == Uuid{}; }

    std::string text() const;
    static std::optional<Uuid> parse(std::string_view text);
    // A version 4 identifier made of 128 random bits (RFC 9562 section 5.4). Never starts with '-' in text
    // form.
    static Uuid from_random(std::uint64_t high, std::uint64_t low);
};

}  // namespace weir

template <>
struct std::hash<weir::Uuid> {
    std::size_t operator()(const weir::Uuid& id) const noexcept {
        std::uint64_t high, low;
        std::memcpy(&high, id.bytes.data(), 8);
        std::memcpy(&low, id.bytes.data() + 8, 8);
        return static_cast<std::size_t>(high ^ (low * 0x9e3779b97f4a7c15u));
    }
};
