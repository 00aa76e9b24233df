// Sealing small structures with a checksum, and opening them again.
#include "consensus/checked_block.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"

namespace weir::consensus {

namespace {

constexpr std::size_t magic_size = 8;
constexpr std::size_t fields_at = magic_size + 4;

// What a bit that flipped makes of a version is none.
bool has_version(ByteView checked, std::uint32_t checksum, std::uint32_t version) {
    Bytes other{checked.begin(), checked.end()};
    store_little(other.data() + magic_size, version);
    return crc32c(other) == checksum;
}

}  // namespace

Bytes seal_block(std::string_view magic, std::uint32_t version, ByteView fields) {
    ASSERT(magic.size() == magic_size);
    Bytes out(block_overhead + fields.size());
    std::ranges::copy(as_bytes(magic), out.begin());
    store_little(out.data() + magic_size, version);
    std::ranges::copy(fields, out.begin() + fields_at);
    const auto checked = ByteView{out}.first(fields_at + fields.size());
    store_little(out.data() + checked.size(), crc32c(checked));
    return out;
}

Result<ByteView> open_block(std::string_view magic, std::uint32_t version, ByteView bytes, std::size_t size,
                            const std::string& path, std::uint64_t position) {
    if (bytes.size() < block_overhead + size)
        return damaged(path, position + bytes.size(), "it ends too early");
    const auto checked = bytes.first(fields_at + size);
    if (as_text(bytes.first(magic_size)) != magic)
        return damaged(path, position, "it does not begin as it should");
    const auto found = load_little<std::uint32_t>(bytes.data() + magic_size);
    const auto checksum = load_little<std::uint32_t>(bytes.data() + checked.size());
    if (found > version && !has_version(checked, checksum, version)) {
        return Error{Errc::unsupported,
                     fmt::format("{} is of format {}, this weir reads up to {}: start the weir that "
                                 "wrote it, or a newer one",
                                 path, found, version)};
    }
    if (checksum != crc32c(checked)) return damaged(path, position, "the checksum does not hold");
    return bytes.subspan(fields_at, size);
}

}  // namespace weir::consensus
