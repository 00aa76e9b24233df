// The identity files (docs/formats/metadata.md).
#include "consensus/identity.hpp"

#include <array>

#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view identity_magic = "weir-id\n";
constexpr std::uint32_t identity_version = 1;
constexpr std::size_t identity_fields_size = 16 + 4;
constexpr std::uint64_t max_file_bytes = 4096;

constexpr std::array names{"identity", "identity-copy"};

Result<Identity> decode_identity(ByteView content, const std::string& path) {
    const auto fields = open_block(identity_magic, identity_version, content, identity_fields_size, path);
    if (!fields) return fields.error();
    Identity out;
    std::ranges::copy(fields->first(16), out.cluster_id.bytes.begin());
    out.node = NodeId{load_little<std::int32_t>(fields->data() + 16)};
    return out;
}

Result<Identity> read_one(runtime::FileSystem& files, const std::string& path) {
    const auto content = runtime::read_file(files, path, max_file_bytes);
    return content ? decode_identity(*content, path) : Result<Identity>{content.error()};
}

}  // namespace

Result<std::optional<Identity>> read_identity(runtime::FileSystem& files, const std::string& directory) {
    std::optional<Error> damage;
    for (const auto* name : names) {
        auto found = read_one(files, directory + "/" + name);
        if (found) return std::optional{*found};
        const auto code = found.error().code;
        if (code == Errc::corrupt && !damage) damage = found.error();
        if (code != Errc::corrupt && code != Errc::not_found) return found.error();
    }
    if (damage) return *damage;
    return std::optional<Identity>{};
}

Result<void> write_identity(runtime::FileSystem& files, const std::string& directory,
                            const Identity& identity) {
    Bytes fields(identity_fields_size);
    std::ranges::copy(identity.cluster_id.bytes, fields.begin());
    store_little(fields.data() + 16, identity.node.value);
    const auto block = seal_block(identity_magic, identity_version, fields);
    for (const auto* name : names) {
        const auto path = directory + "/" + name;
        const auto content = runtime::read_file(files, path, max_file_bytes);
        if (content && *content == block) continue;
        if (auto written = runtime::replace_file(files, path, block); !written) return written;
    }
    return {};
}

}  // namespace weir::consensus
