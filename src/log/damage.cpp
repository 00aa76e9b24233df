// What the file holds.
#include "log/damage.hpp"

#include "log/sealed_file.hpp"

namespace weir::log {

namespace {

constexpr FileKind damage_kind{.magic = 0x314d4457, .version = 1};  // "WDM1"
constexpr std::size_t longest_text = 4096;

}  // namespace

Bytes encode_damage(const Damage& damage) {
    auto out = begin_sealed(damage_kind);
    put(out, damage.first.value);
    put(out, damage.until.value);
    put_text(out, std::string_view{damage.what}.substr(0, longest_text));
    seal(out);
    return out;
}

Damage decode_damage(ByteView content) {
    const Damage all{.first = Offset{0}, .until = Offset{INT64_MAX}, .what = "damage was found before"};
    const auto opened = unseal(content, damage_kind);
    if (!opened) return all;
    auto in = *opened;
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
