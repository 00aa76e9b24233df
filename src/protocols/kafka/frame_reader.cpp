// A length, then the request.
#include "protocols/kafka/frame_reader.hpp"

namespace weir::kafka {

namespace {

constexpr std::size_t length_bytes = 4;

// What the length would be the beginning of; null: nothing that is known.
const char* other_protocol(std::string_view begin) {
    if (begin.starts_with("\x16\x03")) return "TLS";
    if (begin == "AMQP") return "AMQP";
    for (const auto* method : {"GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI"}) {
        if (begin == method) return "HTTP";
    }
    return nullptr;
}

}  // namespace

Result<std::shared_ptr<Frame>> FrameReader::next() {
    if (!input_.is_in_body()) {
        if (input_.header().size() < length_bytes) return std::shared_ptr<Frame>{};
        if (auto begun = begin_frame(); !begun) return begun.error();
    }
    const auto complete = input_.is_complete();
    if (!complete) return complete.error();
    if (!*complete) return std::shared_ptr<Frame>{};
    return std::make_shared<Frame>(input_.take_body());
}

Result<void> FrameReader::begin_frame() {
    const auto size = load_big<std::int32_t>(input_.header().data());
    if (size < 0) return Error{Errc::corrupt, fmt::format("a frame's length is {}", size)};
    if (static_cast<std::size_t>(size) > max_frame_bytes_) {
        if (const auto* other = other_protocol(as_text(input_.header().first(length_bytes))))
            return Error{
                Errc::limit_exceeded,
                fmt::format("it speaks {}, and this port is for Kafka clients in plain text", other)};
        return Error{
            Errc::limit_exceeded,
            fmt::format("a frame of {} bytes is longer than max-request-bytes = {}", size, max_frame_bytes_)};
    }
    return input_.begin_body(length_bytes, static_cast<std::size_t>(size));
}

}  // namespace weir::kafka
