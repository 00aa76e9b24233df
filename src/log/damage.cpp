// What the file holds.
#include "log/damage.hpp"

#include "base/crc32c.hpp"
#include "log/disk_bytes.hpp"

namespace weir::log {

namespace {

constexpr std::uint32_t damage_magic = 0x314d4457;  // "WDM1"
constexpr std::uint32_t damage_version = 1;
constexpr std::size_t longest_text = 4096;
constexpr std::size_t checksum_size = 4;

}  // namespace

Bytes encode_damage(const Damage& damage) {
    Bytes out;
    put(out, damage_magic);
    put(out, damage_version);
    put(out, damage.first.value);
    put(out, damage.until.value);
    put_text(out, std::string_view{damage.what}.substr(0, longest_text));
    put(out, crc32c(out));
    return out;
}

Damage decode_damage(ByteView content) {
    const Damage all{.first = Offset{0}, .until = Offset{INT64_MAX}, .what = "damage was found before"};
    if (content.size() < checksum_size) return all;
    const auto checked = content.first(content.size() - checksum_size);
    if (load_little<std::uint32_t>(content.data() + checked.size()) != crc32c(checked)) return all;
    ByteReader in{checked};
    if (in.take<std::uint32_t>() != damage_magic || in.take<std::uint32_t>() != damage_version) return all;
    Damage damage;
    damage.first = Offset{in.take<std::int64_t>()};
    damage.until = Offset{in.take<std::int64_t>()};
    damage.what = in.take_text();
    return in.ok() ? damage : all;
}

Damage merged(const Damage& one, const Damage& other) {
    auto both = one;
    both.first = std::min(one.first, other.first);
    both.until = std::max(one.until, other.until);
    return both;
}

}  // namespace weir::log
