// Fuzzes what a client can send: frames, and the methods and headers in them.
#include "base/assert.hpp"
#include "protocols/amqp/wire/frame.hpp"
#include "protocols/amqp/wire/printer.hpp"

namespace weir::amqp {
namespace {

void fuzz_method(ByteView payload) {
    const auto id = take_method_id(payload);
    if (!id) return;
    const auto method = decode_method(*id, payload);
    if (!method) return;
    Bytes once;
    std::visit([&](const auto& m) { append_method(once, 1, m); }, *method);
    auto again = std::get<Frame>(parse_frame(once, 0)).payload;
    const auto back = decode_method(*take_method_id(again), again);
    ASSERT(back.has_value());
    ASSERT(print(*back) == print(*method));
    ASSERT(once.size() == payload.size() + 4 + frame_overhead);
}

void fuzz_header(ByteView payload) {
    const auto header = parse_content_header(payload);
    if (!header) return;
    const auto properties = decode_properties(header->properties);
    if (!properties) return;
    Bytes out;
    append_header(out, 1, *header);
    ASSERT(out.size() == payload.size() + frame_overhead);
}

void fuzz_frame(const Frame& frame) {
    if (frame.type == FrameType::method) fuzz_method(frame.payload);
    if (frame.type == FrameType::header) fuzz_header(frame.payload);
}

}  // namespace
}  // namespace weir::amqp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::ByteView input{data, size};
    weir::amqp::fuzz_method(input);
    while (true) {
        const auto parsed = weir::amqp::parse_frame(input, weir::amqp::min_frame_max);
        const auto* frame = std::get_if<weir::amqp::Frame>(&parsed);
        if (frame == nullptr) return 0;
        weir::amqp::fuzz_frame(*frame);
        input = input.subspan(frame->size());
    }
}
