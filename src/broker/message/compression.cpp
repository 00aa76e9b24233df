// Each codec by its own library; what they share is that the output grows in steps and never beyond the
// limit.
#include "broker/message/compression.hpp"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/assert.hpp"

namespace weir::message {
namespace {

constexpr std::size_t smallest_output_bytes = 4096;
constexpr int gzip_window_bits = 15 + 16;  // +16: a gzip header instead of zlib's own

// snappy-java's stream: this header, then blocks of a 4-byte big-endian length and raw snappy.
constexpr std::uint8_t java_snappy_magic[] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t java_snappy_header_size = 16;  // magic, version, lowest compatible version
constexpr std::size_t java_snappy_block_size = 32 * 1024;

Error corrupt(std::string_view codec) {
    return {Errc::corrupt, fmt::format("the batch's records are not valid {} data", codec)};
}

Error too_large(std::size_t limit) {
    return {Errc::batch_too_large,
            fmt::format("the batch's records unpack to more than {} bytes: send smaller batches", limit)};
}

// Room for the next step of output; false when the limit is used up.
bool grow(Bytes& out, std::size_t limit) {
    if (out.size() >= limit) return false;
    out.resize(std::min(limit, std::max(smallest_output_bytes, out.size() * 2)));
    return true;
}

Bytes first_output(ByteView packed, std::size_t limit) {
    return Bytes(std::min(limit, std::max(smallest_output_bytes, packed.size() * 4)));
}

// Inflates the member at the front of what `stream` has left; several may follow each other (RFC 1952).
Result<void> inflate_member(z_stream& stream, Bytes& out, std::size_t& size, std::size_t limit) {
    for (int status = Z_OK; status != Z_STREAM_END;) {
        if (size == out.size() && !grow(out, limit)) {
            // The trailer may still be missing though all the content is there.
            std::uint8_t beyond;
            stream.next_out = &beyond;
            stream.avail_out = 1;
            status = inflate(&stream, Z_NO_FLUSH);
            if (stream.avail_out == 0) return too_large(limit);
            if (status != Z_STREAM_END) return corrupt("gzip");
            break;
        }
        stream.next_out = out.data() + size;
        stream.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size() - size, UINT32_MAX));
        const auto room = stream.avail_out;
        status = inflate(&stream, Z_NO_FLUSH);
        size += room - stream.avail_out;
        if (status != Z_OK && status != Z_STREAM_END) return corrupt("gzip");
        if (status == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) return corrupt("gzip");
    }
    return {};
}

Result<Bytes> gunzip(ByteView packed, std::size_t limit) {
    z_stream stream{};
    ASSERT(inflateInit2(&stream, gzip_window_bits) == Z_OK);
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    stream.next_in = const_cast<std::uint8_t*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    Bytes out = first_output(packed, limit);
    std::size_t size = 0;
    do {
        if (auto done = inflate_member(stream, out, size, limit); !done) return done.error();
    } while (stream.avail_in > 0 && inflateReset(&stream) == Z_OK);
    out.resize(size);
    return out;
}

// Appends one raw snappy block, whose first bytes name its unpacked length.
Result<void> unsnap_block(ByteView block, Bytes& out, std::size_t limit) {
    const auto* bytes = reinterpret_cast<const char*>(block.data());
    std::size_t length = 0;
    if (!snappy::GetUncompressedLength(bytes, block.size(), &length)) return corrupt("snappy");
    if (length > limit - out.size()) return too_large(limit);
    if (!snappy::IsValidCompressedBuffer(bytes, block.size())) return corrupt("snappy");
    const std::size_t before = out.size();
    out.resize(before + length);
    if (!snappy::RawUncompress(bytes, block.size(), reinterpret_cast<char*>(out.data() + before))) {
        return corrupt("snappy");
    }
    return {};
}

bool starts_java_snappy(ByteView packed) {
    return packed.size() >= java_snappy_header_size &&
           std::equal(std::begin(java_snappy_magic), std::end(java_snappy_magic), packed.begin());
}

Result<Bytes> unsnap(ByteView packed, std::size_t limit) {
    Bytes out;
    if (!starts_java_snappy(packed)) {
        if (auto done = unsnap_block(packed, out, limit); !done) return done.error();
        return out;
    }
    while (!packed.empty()) {
        if (starts_java_snappy(packed)) {  // streams may follow each other
            packed = packed.subspan(java_snappy_header_size);
            continue;
        }
        if (packed.size() < 4) return corrupt("snappy");
        const auto length = load_big<std::uint32_t>(packed.data());
        packed = packed.subspan(4);
        if (length > packed.size()) return corrupt("snappy");
        if (auto done = unsnap_block(packed.first(length), out, limit); !done) return done.error();
        packed = packed.subspan(length);
    }
    return out;
}

Result<Bytes> unlz4(ByteView packed, std::size_t limit) {
    LZ4F_dctx* raw = nullptr;
    ASSERT(!LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)));
    const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(raw,
                                                                               LZ4F_freeDecompressionContext);
    Bytes out = first_output(packed, limit);
    std::size_t size = 0;
    for (std::size_t more = 1; more != 0 || !packed.empty();) {
        std::uint8_t beyond;  // where a byte above the limit would go
        const bool full = size == out.size() && !grow(out, limit);
        std::size_t room = full ? 1 : out.size() - size;
        std::size_t taken = packed.size();
        more =
            LZ4F_decompress(raw, full ? &beyond : out.data() + size, &room, packed.data(), &taken, nullptr);
        if (LZ4F_isError(more)) return corrupt("lz4");
        if (full && room > 0) return too_large(limit);
        if (more != 0 && taken == 0 && room == 0) return corrupt("lz4");  // cut short
        size += room;
        packed = packed.subspan(taken);
    }
    out.resize(size);
    return out;
}

// In one call into the whole output, so that zstd needs no window of its own: a crafted frame may ask for one
// of 128 MiB. Where the frame does not say its size, larger outputs are tried.
Result<Bytes> unzstd(ByteView packed, std::size_t limit) {
    thread_local const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                                       ZSTD_freeDCtx);
    const auto declared = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (declared == ZSTD_CONTENTSIZE_ERROR) return corrupt("zstd");
    Bytes out;
    if (declared == ZSTD_CONTENTSIZE_UNKNOWN) {
        out = first_output(packed, limit);
    } else {
        if (declared > limit) return too_large(limit);
        out.resize(std::max<std::size_t>(declared, 1));
    }
    for (;;) {
        const auto size =
            ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
        if (!ZSTD_isError(size)) {
            out.resize(size);
            return out;
        }
        if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) return corrupt("zstd");
        if (!grow(out, limit)) return too_large(limit);
    }
}

Bytes gzip(ByteView plain) {
    z_stream stream{};
    ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, 8,
                        Z_DEFAULT_STRATEGY) == Z_OK);
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
    Bytes out(deflateBound(&stream, plain.size()));
    stream.next_in = const_cast<std::uint8_t*>(plain.data());
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    return out;
}

Bytes snap(ByteView plain) {  // in Java's blocks, which every client reads
    Bytes out(java_snappy_header_size);
    std::copy(std::begin(java_snappy_magic), std::end(java_snappy_magic), out.begin());
    store_big<std::int32_t>(out.data() + 8, 1);
    store_big<std::int32_t>(out.data() + 12, 1);
    while (!plain.empty()) {
        const auto block = plain.first(std::min(plain.size(), java_snappy_block_size));
        const std::size_t at = out.size();
        out.resize(at + 4 + snappy::MaxCompressedLength(block.size()));
        std::size_t length = 0;
        snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                            reinterpret_cast<char*>(out.data() + at + 4), &length);
        store_big(out.data() + at, static_cast<std::int32_t>(length));
        out.resize(at + 4 + length);
        plain = plain.subspan(block.size());
    }
    return out;
}

Bytes lz4(ByteView plain) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // all that Java's clients read
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    Bytes out(LZ4F_compressFrameBound(plain.size(), &preferences));
    const auto size = LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &preferences);
    ASSERT(!LZ4F_isError(size));
    out.resize(size);
    return out;
}

Bytes zstd(ByteView plain) {
    Bytes out(ZSTD_compressBound(plain.size()));
    const auto size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), ZSTD_CLEVEL_DEFAULT);
    ASSERT(!ZSTD_isError(size));
    out.resize(size);
    return out;
}

}  // namespace

Result<Bytes> decompress(log::Compression codec, ByteView packed, std::size_t limit) {
    switch (codec) {
        case log::Compression::none:
            if (packed.size() > limit) return too_large(limit);
            return Bytes(packed.begin(), packed.end());
        case log::Compression::gzip: return gunzip(packed, limit);
        case log::Compression::snappy: return unsnap(packed, limit);
        case log::Compression::lz4: return unlz4(packed, limit);
        case log::Compression::zstd: return unzstd(packed, limit);
    }
    return Error{Errc::unsupported_compression,
                 fmt::format("no codec has the number {}", static_cast<int>(codec))};
}

Bytes compress(log::Compression codec, ByteView plain) {
    switch (codec) {
        case log::Compression::none: break;
        case log::Compression::gzip: return gzip(plain);
        case log::Compression::snappy: return snap(plain);
        case log::Compression::lz4: return lz4(plain);
        case log::Compression::zstd: return zstd(plain);
    }
    return Bytes(plain.begin(), plain.end());
}

}  // namespace weir::message
