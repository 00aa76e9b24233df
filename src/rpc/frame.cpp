// The header's layout.
#include "rpc/frame.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"

namespace weir::rpc {

namespace {

constexpr std::string_view magic = "wrpc";
constexpr std::uint8_t version = 1;
// Where the fields lie.
constexpr std::size_t version_at = 4, kind_at = 5, code_at = 6, id_at = 8, body_at = 16, checked_at = 20,
                      checksum_at = 24, header_checksum_at = 28;

bool is_known(std::uint8_t kind) {
    return kind >= static_cast<std::uint8_t>(FrameKind::hello) &&
           kind <= static_cast<std::uint8_t>(FrameKind::pong);
}

}  // namespace

FrameHeader header_for(FrameKind kind, std::uint16_t code, std::uint64_t id, ByteView body,
                       std::uint64_t unchecked_bytes) {
    ASSERT(body.size() + unchecked_bytes <= UINT32_MAX);
    return {.kind = kind,
            .code = code,
            .id = id,
            .body_bytes = static_cast<std::uint32_t>(body.size() + unchecked_bytes),
            .checked_bytes = static_cast<std::uint32_t>(body.size()),
            .checksum = crc32c(body)};
}

Bytes encode_frame_header(const FrameHeader& header) {
    Bytes out(frame_header_bytes);
    std::memcpy(out.data(), magic.data(), magic.size());
    out[version_at] = version;
    out[kind_at] = static_cast<std::uint8_t>(header.kind);
    store_little(out.data() + code_at, header.code);
    store_little(out.data() + id_at, header.id);
    store_little(out.data() + body_at, header.body_bytes);
    store_little(out.data() + checked_at, header.checked_bytes);
    store_little(out.data() + checksum_at, header.checksum);
    store_little(out.data() + header_checksum_at, crc32c(ByteView{out}.first(header_checksum_at)));
    return out;
}

Result<FrameHeader> decode_frame_header(ByteView bytes) {
    ASSERT(bytes.size() == frame_header_bytes);
    const auto* at = bytes.data();
    if (as_text(bytes.first(magic.size())) != magic)
        return Error{Errc::corrupt, "what came is no frame of weir's nodes"};
    if (load_little<std::uint32_t>(at + header_checksum_at) != crc32c(bytes.first(header_checksum_at)))
        return Error{Errc::corrupt, "a frame's header is damaged"};
    if (at[version_at] != version || !is_known(at[kind_at])) {
        return Error{Errc::unsupported,
                     fmt::format("a frame has version {} and kind {}: a newer weir sent it", at[version_at],
                                 at[kind_at])};
    }
    const FrameHeader header{.kind = static_cast<FrameKind>(at[kind_at]),
                             .code = load_little<std::uint16_t>(at + code_at),
                             .id = load_little<std::uint64_t>(at + id_at),
                             .body_bytes = load_little<std::uint32_t>(at + body_at),
                             .checked_bytes = load_little<std::uint32_t>(at + checked_at),
                             .checksum = load_little<std::uint32_t>(at + checksum_at)};
    if (header.checked_bytes > header.body_bytes)
        return Error{Errc::corrupt, "a frame's checked part is longer than its body"};
    return header;
}

}  // namespace weir::rpc
