// A header, then the body, whose first part is checked.
#include "rpc/frame_reader.hpp"

#include "base/crc32c.hpp"

namespace weir::rpc {

Result<std::shared_ptr<Frame>> FrameReader::next() {
    if (!input_.is_in_body()) {
        if (input_.header().size() < frame_header_bytes) return std::shared_ptr<Frame>{};
        if (auto begun = begin_frame(); !begun) return begun.error();
    }
    const auto complete = input_.is_complete();
    if (!complete) return complete.error();
    if (!*complete) return std::shared_ptr<Frame>{};
    auto frame = std::make_shared<Frame>(header_, input_.take_body());
    if (crc32c(frame->checked()) != header_.checksum)
        return Error{Errc::corrupt, "a frame's body is damaged: its checksum does not hold"};
    return frame;
}

Result<void> FrameReader::begin_frame() {
    const auto header = decode_frame_header(input_.header().first(frame_header_bytes));
    if (!header) return header.error();
    if (header->body_bytes > max_body_bytes_) {
        return Error{Errc::limit_exceeded,
                     fmt::format("a frame's body of {} bytes is longer than the {} allowed",
                                 header->body_bytes, max_body_bytes_)};
    }
    header_ = *header;
    return input_.begin_body(frame_header_bytes, header->body_bytes);
}

}  // namespace weir::rpc
