// The identity file (docs/formats/metadata.md).
#include "consensus/identity.hpp"

#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view identity_magic = "weir-id\n";
constexpr std::uint32_t identity_version = 1;
constexpr std::size_t identity_fields_size = 16 + 4;
constexpr std::uint64_t max_file_bytes = 4096;

}  // namespace

Result<std::optional<Identity>> read_identity(runtime::FileSystem& files, const std::string& directory) {
    const auto path = directory + "/identity";
    const auto content = runtime::read_file(files, path, max_file_bytes);
    if (!content) {
        if (content.error().code == Errc::not_found) return std::optional<Identity>{};
        return content.error();
    }
    const auto fields = open_block(identity_magic, identity_version, *content, identity_fields_size, path);
    if (!fields) return fields.error();
    Identity out;
    std::ranges::copy(fields->first(16), out.cluster_id.bytes.begin());
    out.node = NodeId{load_little<std::int32_t>(fields->data() + 16)};
    return std::optional{out};
}

Result<void> write_identity(runtime::FileSystem& files, const std::string& directory,
                            const Identity& identity) {
    Bytes fields(identity_fields_size);
    std::ranges::copy(identity.cluster_id.bytes, fields.begin());
    store_little(fields.data() + 16, identity.node.value);
    return runtime::replace_file(files, directory + "/identity",
                                 seal_block(identity_magic, identity_version, fields));
}

}  // namespace weir::consensus
