// The text form of a Uuid: base64url without padding (RFC 4648 section 5), as Kafka's tools print it.
#include "base/uuid.hpp"

#include "base/bytes.hpp"

namespace weir {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t text_size = 22;  // 128 bits, 6 a character

}  // namespace

std::string Uuid::text() const {
    std::string out;
    std::uint32_t bits = 0;
    int pending = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | byte;
        for (pending += 8; pending >= 6; pending -= 6) out += alphabet[bits >> (pending - 6) & 63];
    }
    out += alphabet[bits << (6 - pending) & 63];
    return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != text_size) return std::nullopt;
    Uuid id;
    std::uint32_t bits = 0;
    int pending = 0;
    std::size_t filled = 0;
    for (const auto c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        pending += 6;
        if (pending < 8) continue;
        pending -= 8;
        id.bytes[filled++] = static_cast<std::uint8_t>(bits >> pending);
    }
    if ((bits & ((1u << pending) - 1)) != 0) return std::nullopt;  // one text for each identifier
    return id;
}

Uuid Uuid::from_random(std::uint64_t high, std::uint64_t low) {
    Uuid id;
    store_big(id.bytes.data(), high);
    store_big(id.bytes.data() + 8, low);
    if (id.bytes[0] >> 2 == 62)
        id.bytes[0] &= 0x7f;  // a leading '-' would look like a flag on a command line
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

}  // namespace weir
