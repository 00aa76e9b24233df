// The snapshot file: a sealed header, the members, blocks of 64 KiB each with its checksum, and the checksum
// of the whole.
#include "consensus/snapshot_file.hpp"

#include "base/crc32c.hpp"
#include "consensus/checked_block.hpp"
#include "consensus/members.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view snapshot_magic = "weirsnap";
constexpr std::uint32_t snapshot_version = 1;
constexpr std::size_t snapshot_fields_size = 16 + 8 + 8 + 8 + 8 + 4;
constexpr std::size_t header_size = block_overhead + snapshot_fields_size;
constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t checksum_size = 4;

void put_checksum(Bytes& out, std::uint32_t checksum) {
    out.resize(out.size() + checksum_size);
    store_little(out.data() + out.size() - checksum_size, checksum);
}

}  // namespace

Bytes encode_snapshot(const Snapshot& snapshot) {
    Bytes fields(snapshot_fields_size);
    std::ranges::copy(snapshot.cluster_id.bytes, fields.begin());
    store_little(fields.data() + 16, snapshot.at.index);
    store_little(fields.data() + 24, snapshot.at.term);
    store_little(fields.data() + 32, static_cast<std::uint64_t>(snapshot.state.size()));
    store_little(fields.data() + 40, snapshot.members_index);
    store_little(fields.data() + 48, static_cast<std::uint32_t>(snapshot.members.size()));
    auto out = seal_block(snapshot_magic, snapshot_version, fields);
    out.insert(out.end(), snapshot.members.begin(), snapshot.members.end());
    put_checksum(out, crc32c(snapshot.members));
    std::uint32_t total = 0;
    for (ByteView rest = snapshot.state; !rest.empty();) {
        const auto block = rest.first(std::min(rest.size(), block_size));
        rest = rest.subspan(block.size());
        out.insert(out.end(), block.begin(), block.end());
        put_checksum(out, crc32c(block));
        total = crc32c(block, total);
    }
    put_checksum(out, total);
    return out;
}

Result<Snapshot> decode_snapshot(ByteView file, const std::string& path) {
    const auto fields = open_block(snapshot_magic, snapshot_version, file, snapshot_fields_size, path);
    if (!fields) return fields.error();
    Snapshot out;
    std::ranges::copy(fields->first(16), out.cluster_id.bytes.begin());
    out.at = {load_little<std::uint64_t>(fields->data() + 16),
              load_little<std::uint64_t>(fields->data() + 24)};
    const auto size = load_little<std::uint64_t>(fields->data() + 32);
    out.members_index = load_little<std::uint64_t>(fields->data() + 40);
    const std::uint64_t members = load_little<std::uint32_t>(fields->data() + 48);
    const auto blocks = size / block_size + (size % block_size != 0 ? 1 : 0);
    if (size > max_snapshot_bytes || members > max_members_bytes ||
        file.size() != header_size + members + size + (blocks + 2) * checksum_size) {
        return damaged(path, file.size(), "its length is not the one it tells");
    }
    const auto list = file.subspan(header_size, members);
    if (crc32c(list) != load_little<std::uint32_t>(list.data() + list.size()) || !decode_members(list)) {
        return damaged(path, header_size, "the list of members does not hold");
    }
    out.members.assign(list.begin(), list.end());
    out.state.reserve(size);
    std::uint32_t total = 0;
    auto rest = file.subspan(header_size + members + checksum_size);
    while (out.state.size() < size) {
        const auto block = rest.first(std::min<std::size_t>(size - out.state.size(), block_size));
        if (crc32c(block) != load_little<std::uint32_t>(block.data() + block.size())) {
            return damaged(path, static_cast<std::uint64_t>(block.data() - file.data()),
                           "a checksum does not hold");
        }
        total = crc32c(block, total);
        out.state.insert(out.state.end(), block.begin(), block.end());
        rest = rest.subspan(block.size() + checksum_size);
    }
    if (load_little<std::uint32_t>(rest.data()) != total) {
        return damaged(path, file.size() - checksum_size, "the checksum of the whole does not hold");
    }
    return out;
}

Result<void> write_snapshot(runtime::FileSystem& files, const std::string& path, const Snapshot& snapshot) {
    return runtime::replace_file(files, path, encode_snapshot(snapshot));
}

Result<Snapshot> read_snapshot(runtime::FileSystem& files, const std::string& path) {
    constexpr std::uint64_t checksums = (max_snapshot_bytes / block_size + 3) * checksum_size;
    const auto content =
        runtime::read_file(files, path, max_snapshot_bytes + max_members_bytes + header_size + checksums);
    if (!content) return content.error();
    return decode_snapshot(*content, path);
}

}  // namespace weir::consensus
