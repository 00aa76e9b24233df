// Frames (AMQP 0-9-1 section 4.2.3): cutting them out of a stream of bytes, and making them.
#pragma once

#include <optional>
#include <variant>

#include "protocols/amqp/wire/methods.hpp"
#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

inline constexpr std::size_t frame_header_size = 7;  // type, channel, payload size
inline constexpr std::size_t frame_overhead = 8;     // and the octet at the end
inline constexpr std::uint8_t frame_end = 0xce;
// What nobody may negotiate away. RabbitMQ asks for 8,192 since 4.1, and so locks older clients out (amqplib
// before 0.10.7 chooses 4,096).
inline constexpr std::uint32_t min_frame_max = 4096;
inline constexpr std::uint32_t handshake_frame_max = 8192;  // until another limit is agreed on

inline constexpr std::size_t content_header_size = 12;  // class, weight, body size; the properties follow

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

struct Frame {
    FrameType type{};  // as it came: it may be none of the four
    ChannelNumber channel = 0;
    ByteView payload;

    std::size_t size() const { return payload.size() + frame_overhead; }
};

// Whether the type is one of the four and the payload may be one of its kind: long enough, or empty.
bool is_well_formed(const Frame& frame);

// Why no frame can be read any more from a stream: it has lost its beat.
struct BadFrame {
    enum class Reason { too_large, bad_end } reason{};
    Frame frame;                     // its payload is empty if the frame is too large
    std::uint32_t payload_size = 0;  // as announced
    std::uint8_t end = 0;            // the octet that should be frame_end
};
struct NeedMore {};

// The frame at the front of `in`. A payload may be eight bytes longer than `frame_max` allows, as RabbitMQ
// lets it; `frame_max` 0 means no limit.
using ParsedFrame = std::variant<NeedMore, Frame, BadFrame>;
ParsedFrame parse_frame(ByteView in, std::uint32_t frame_max);

// A header frame's payload.
struct ContentHeader {
    std::uint16_t class_id = 0;
    std::uint16_t weight = 0;
    std::uint64_t body_size = 0;
    ByteView properties;  // not looked into
};
// Nothing if the payload is too short to be one.
std::optional<ContentHeader> parse_content_header(ByteView payload);

// ---- Frames to be sent; all append to `out`.

namespace detail {
std::size_t begin_frame(Writer& out, FrameType type, ChannelNumber channel);
void end_frame(Writer& out, std::size_t begin);
}  // namespace detail

template <Method M>
void append_method(Bytes& out, ChannelNumber channel, const M& method) {
    Writer writer(out);
    const auto begin = detail::begin_frame(writer, FrameType::method, channel);
    write_method(writer, method);
    detail::end_frame(writer, begin);
    writer.finish();
}
void append_header(Bytes& out, ChannelNumber channel, const ContentHeader& header);
// As many body frames as a limit of `frame_max` asks for: none for an empty body, one if it is 0.
void append_body(Bytes& out, ChannelNumber channel, ByteView body, std::uint32_t frame_max);
void append_heartbeat(Bytes& out);

}  // namespace weir::amqp
