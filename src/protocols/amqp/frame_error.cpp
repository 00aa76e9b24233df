// Wording of the errors about frames.
#include "protocols/amqp/frame_error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace weir::amqp {

namespace {

constexpr std::size_t snippet_bytes = 16;

std::string describe(const Frame& frame) {
    const bool whole = frame.payload.size() <= snippet_bytes;
    const auto snippet = frame.payload.first(std::min(snippet_bytes, frame.payload.size()));
    return fmt::format("type {}, {} octets = {}", static_cast<int>(frame.type), whole ? "all" : "first 16",
                       erlang_binary(snippet));
}

bool is_printable(std::uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7f) || (byte >= '\b' && byte <= '\r') || byte == 0x1b;
}

// What stands behind a backslash; 0 if the byte stands for itself.
char escape_of(std::uint8_t byte) {
    switch (byte) {
        case '"':
        case '\\': return static_cast<char>(byte);
        case '\b': return 'b';
        case '\t': return 't';
        case '\n': return 'n';
        case '\v': return 'v';
        case '\f': return 'f';
        case '\r': return 'r';
        case 0x1b: return 'e';
        default: return 0;
    }
}

}  // namespace

std::string erlang_binary(ByteView bytes) {
    if (bytes.empty()) return "<<>>";
    if (!std::ranges::all_of(bytes, is_printable)) return fmt::format("<<{}>>", fmt::join(bytes, ","));
    std::string text;
    for (const auto byte : bytes) {
        if (const auto escape = escape_of(byte))
            text += {'\\', escape};
        else
            text += static_cast<char>(byte);
    }
    return fmt::format("<<\"{}\">>", text);
}

AmqpError bad_frame_error(const BadFrame& bad, std::uint32_t frame_max) {
    const auto what = bad.reason == BadFrame::Reason::bad_end
                          ? fmt::format("{{invalid_frame_end_marker,{}}}", bad.end)
                          : fmt::format("{{frame_too_large,{},{}}}", bad.payload_size,
                                        frame_max - static_cast<std::uint32_t>(frame_overhead));
    return {ReplyCode::frame_error, fmt::format("{}: {}", describe(bad.frame), what)};
}

AmqpError unknown_frame_error(const Frame& frame) {
    return {ReplyCode::frame_error, describe(frame) + ": unknown_frame"};
}

AmqpError unexpected_frame_error(const Frame& frame) {
    return {ReplyCode::unexpected_frame, describe(frame)};
}

AmqpError undecodable_error(MethodId method, ByteView fields) {
    const auto snippet = fields.first(std::min(max_short_string, fields.size()));
    return {ReplyCode::frame_error, fmt::format("cannot decode <<{}>>", fmt::join(snippet, ",")), method};
}

}  // namespace weir::amqp
