// The frame about the fields.
#include "log/sealed_file.hpp"

#include "base/crc32c.hpp"

namespace weir::log {

Bytes begin_sealed(FileKind kind) {
    Bytes out;
    put(out, kind.magic);
    put(out, kind.version);
    return out;
}

void seal(Bytes& content) {
    put(content, crc32c(content));
}

Error broken_seal() {
    return {Errc::corrupt, "its checksum or structure does not hold"};
}

Result<ByteReader> unseal(ByteView content, FileKind kind) {
    constexpr std::size_t checksum_size = 4;
    if (content.size() < sizeof kind.magic + sizeof kind.version + checksum_size) return broken_seal();
    const auto checked = content.first(content.size() - checksum_size);
    if (load_little<std::uint32_t>(content.data() + checked.size()) != crc32c(checked)) return broken_seal();
    ByteReader in{checked};
    if (in.take<std::uint32_t>() != kind.magic) return broken_seal();
    const auto version = in.take<std::uint32_t>();
    if (version == kind.version) return in;
    return Error{
        Errc::unsupported,
        fmt::format("it has format {}, this weir knows {}: use the weir that wrote it or a later one",
                    version, kind.version)};
}

}  // namespace weir::log
