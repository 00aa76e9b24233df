// The frames that nodes exchange: a header of fixed size, then a body. docs/formats/rpc.md is the page.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "runtime/frame_input.hpp"

namespace weir::rpc {

enum class FrameKind : std::uint8_t { hello = 1, request, reply, error, message, ping, pong };

// What a request or a message asks for. Numbers are the wire's: never given a second meaning.
using Method = Id<struct MethodTag, std::uint16_t>;

inline constexpr std::size_t frame_header_bytes = 32;

// A body is `checked_bytes` that the checksum covers, and behind them bytes that carry checksums of their own
// (or need none): ranges of segment files, which are sent without being read.
struct FrameHeader {
    FrameKind kind = FrameKind::ping;
    std::uint16_t code = 0;  // requests, messages: the method; errors: which (error_number.hpp); else 0
    std::uint64_t id = 0;    // of a request, and of what answers it; else 0
    std::uint32_t body_bytes = 0;
    std::uint32_t checked_bytes = 0;  // at most body_bytes
    std::uint32_t checksum = 0;       // CRC-32C of the checked bytes
    bool operator==(const FrameHeader&) const = default;
};

// The header of a frame with this body; `unchecked_bytes` follow it. The whole must fit 32 bits.
FrameHeader header_for(FrameKind kind, std::uint16_t code, std::uint64_t id, ByteView body,
                       std::uint64_t unchecked_bytes = 0);
Bytes encode_frame_header(const FrameHeader& header);
// Takes exactly frame_header_bytes. Errors: corrupt (not weir's, damaged, or lengths that can't be),
// unsupported (a version or a kind that is not known).
Result<FrameHeader> decode_frame_header(ByteView bytes);

// A frame that has come, alive as long as somebody refers to it.
class Frame {
  public:
    Frame(const FrameHeader& header, runtime::FrameBody body) : header_(header), body_(std::move(body)) {}
    const FrameHeader& header() const { return header_; }
    Method method() const { return Method{header_.code}; }
    ByteView body() const { return body_.bytes(); }
    // The body's two parts.
    ByteView checked() const { return body().first(header_.checked_bytes); }
    ByteView unchecked() const { return body().subspan(header_.checked_bytes); }
    // For who keeps the bytes and patches them, as the log does with batches.
    ByteSpan mutable_body() { return body_.bytes(); }

  private:
    FrameHeader header_;
    runtime::FrameBody body_;
};

}  // namespace weir::rpc
