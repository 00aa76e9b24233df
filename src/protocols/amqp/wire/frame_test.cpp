// Frames: cut out of any stream, split where they must be, and refused where the beat is lost.
#include "protocols/amqp/wire/frame.hpp"

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace weir::amqp {
namespace {

TEST(Frame, NeedsAllOfItsBytes) {
    Bytes bytes;
    append_method(bytes, 3, ChannelOpen{});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_TRUE(
            std::holds_alternative<NeedMore>(parse_frame(ByteView{bytes}.first(size), min_frame_max)));
    }
    const auto whole = parse_frame(bytes, min_frame_max);
    ASSERT_TRUE(std::holds_alternative<Frame>(whole));
    EXPECT_EQ(std::get<Frame>(whole).channel, 3);
    EXPECT_EQ(std::get<Frame>(whole).size(), bytes.size());
}

TEST(Frame, EndsWithItsOctet) {
    Bytes bytes;
    append_heartbeat(bytes);
    bytes.back() = 0xcd;
    const auto parsed = parse_frame(bytes, min_frame_max);
    ASSERT_TRUE(std::holds_alternative<BadFrame>(parsed));
    EXPECT_EQ(std::get<BadFrame>(parsed).reason, BadFrame::Reason::bad_end);
    EXPECT_EQ(std::get<BadFrame>(parsed).end, 0xcd);
}

// RabbitMQ counts eight bytes less than it says.
TEST(Frame, MayBeEightBytesTooLong) {
    const auto size_of = [](std::uint32_t size) {
        Bytes bytes{3, 0, 1, 0, 0, 0, 0};
        store_big(bytes.data() + 3, size);
        return parse_frame(bytes, 8192);
    };
    EXPECT_TRUE(std::holds_alternative<NeedMore>(size_of(8192)));
    const auto parsed = size_of(8193);
    ASSERT_TRUE(std::holds_alternative<BadFrame>(parsed));
    EXPECT_EQ(std::get<BadFrame>(parsed).reason, BadFrame::Reason::too_large);
    EXPECT_EQ(std::get<BadFrame>(parsed).payload_size, 8193u);
    Bytes bytes{3, 0, 1, 0xff, 0xff, 0xff, 0xff};
    EXPECT_TRUE(std::holds_alternative<NeedMore>(parse_frame(bytes, 0)));
}

TEST(Frame, BodiesAreSplit) {
    const Bytes body(20'000, 'b');
    Bytes out;
    append_body(out, 1, body, 8192);
    Bytes together;
    std::vector<std::size_t> sizes;
    for (ByteView rest = out; !rest.empty();) {
        const auto frame = std::get<Frame>(parse_frame(rest, 8192));
        EXPECT_EQ(frame.type, FrameType::body);
        sizes.push_back(frame.size());
        together.insert(together.end(), frame.payload.begin(), frame.payload.end());
        rest = rest.subspan(frame.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{8192, 8192, 20'000 - 2 * 8184 + 8}));
    EXPECT_EQ(together, body);
    out.clear();
    append_body(out, 1, {}, 8192);
    EXPECT_TRUE(out.empty());
    append_body(out, 1, body, 0);
    EXPECT_EQ(out.size(), body.size() + frame_overhead);
}

TEST(Frame, HeadersAreAtLeastTwelveBytes) {
    Bytes out;
    append_header(out, 1, {.class_id = 60, .weight = 1, .body_size = 1ull << 40, .properties = {}});
    const auto payload = std::get<Frame>(parse_frame(out, 8192)).payload;
    const auto header = parse_content_header(payload);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->class_id, 60);
    EXPECT_EQ(header->weight, 1);
    EXPECT_EQ(header->body_size, 1ull << 40);
    EXPECT_EQ(parse_content_header(payload.first(11)), std::nullopt);
}

}  // namespace
}  // namespace weir::amqp
