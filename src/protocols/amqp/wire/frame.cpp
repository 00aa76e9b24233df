// Reading and writing of frames.
#include "protocols/amqp/wire/frame.hpp"

#include <algorithm>

namespace weir::amqp {

namespace {

// RabbitMQ's tolerance for clients that forget the frame's own eight bytes.
constexpr std::size_t size_tolerance = frame_overhead;

}  // namespace

ParsedFrame parse_frame(ByteView in, std::uint32_t frame_max) {
    if (in.size() < frame_header_size) return NeedMore{};
    Frame frame{static_cast<FrameType>(in[0]), load_big<ChannelNumber>(in.data() + 1), {}};
    const auto size = load_big<std::uint32_t>(in.data() + 3);
    if (frame_max != 0 && size > frame_max - frame_overhead + size_tolerance) {
        return BadFrame{BadFrame::Reason::too_large, frame, size, 0};
    }
    if (in.size() - frame_header_size <= size) return NeedMore{};
    frame.payload = in.subspan(frame_header_size, size);
    const auto end = in[frame_header_size + size];
    if (end != frame_end) return BadFrame{BadFrame::Reason::bad_end, frame, size, end};
    return frame;
}

bool is_well_formed(const Frame& frame) {
    switch (frame.type) {
        case FrameType::method: return frame.payload.size() >= sizeof(MethodId);
        case FrameType::header: return frame.payload.size() >= content_header_size;
        case FrameType::body: return true;
        case FrameType::heartbeat: return frame.payload.empty();
    }
    return false;
}

std::optional<ContentHeader> parse_content_header(ByteView payload) {
    if (payload.size() < content_header_size) return std::nullopt;
    return ContentHeader{
        .class_id = load_big<std::uint16_t>(payload.data()),
        .weight = load_big<std::uint16_t>(payload.data() + 2),
        .body_size = load_big<std::uint64_t>(payload.data() + 4),
        .properties = payload.subspan(content_header_size),
    };
}

namespace detail {

std::size_t begin_frame(Writer& out, FrameType type, ChannelNumber channel) {
    out.number(static_cast<std::uint8_t>(type));
    out.number(channel);
    out.number(std::uint32_t{0});
    return out.position();
}

void end_frame(Writer& out, std::size_t begin) {
    out.number_at(begin - sizeof(std::uint32_t), static_cast<std::uint32_t>(out.position() - begin));
    out.number(frame_end);
}

}  // namespace detail

void append_header(Bytes& out, ChannelNumber channel, const ContentHeader& header) {
    Writer writer(out);
    const auto begin = detail::begin_frame(writer, FrameType::header, channel);
    writer.number(header.class_id);
    writer.number(header.weight);
    writer.number(header.body_size);
    writer.raw(header.properties);
    detail::end_frame(writer, begin);
    writer.finish();
}

void append_body(Bytes& out, ChannelNumber channel, ByteView body, std::uint32_t frame_max) {
    const auto room = frame_max == 0 ? body.size() : frame_max - frame_overhead;
    Writer writer(out);
    while (!body.empty()) {
        const auto part = body.first(std::min(room, body.size()));
        const auto begin = detail::begin_frame(writer, FrameType::body, channel);
        writer.raw(part);
        detail::end_frame(writer, begin);
        body = body.subspan(part.size());
    }
    writer.finish();
}

void append_heartbeat(Bytes& out) {
    Writer writer(out);
    detail::end_frame(writer, detail::begin_frame(writer, FrameType::heartbeat, 0));
    writer.finish();
}

}  // namespace weir::amqp
