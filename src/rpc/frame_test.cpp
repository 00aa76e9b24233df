// Frames, hellos, error numbers and certified names: their bytes, and what is refused of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "rpc/error_number.hpp"
#include "rpc/frame_reader.hpp"
#include "rpc/hello.hpp"
#include "support/golden.hpp"

namespace weir::rpc {
namespace {

using testing::HasSubstr;

Bytes frame_bytes(FrameKind kind, std::uint16_t code, std::uint64_t id, std::string_view body,
                  std::string_view unchecked = {}) {
    auto bytes = encode_frame_header(header_for(kind, code, id, as_bytes(body), unchecked.size()));
    bytes.insert(bytes.end(), body.begin(), body.end());
    bytes.insert(bytes.end(), unchecked.begin(), unchecked.end());
    return bytes;
}

Hello sample_hello() {
    return {.cluster_id = Uuid::from_random(0x0123456789abcdef, 0xfedcba9876543210),
            .from = NodeId{2},
            .to = NodeId{1},
            .stream = 3,
            .incarnation = 0x1122334455667788,
            .attempt = 42};
}

TEST(GoldenBytes, OfFrames) {
    const auto hello = encode_hello(sample_hello());
    const std::pair<const char*, Bytes> expected[] = {
        {"rpc/hello", frame_bytes(FrameKind::hello, 0, 0, as_text(hello))},
        {"rpc/request", frame_bytes(FrameKind::request, 258, 7, "what?")},
        {"rpc/reply", frame_bytes(FrameKind::reply, 0, 7, "this", "ranges")},
        {"rpc/error", frame_bytes(FrameKind::error, error_number(Errc::not_leader), 7, "ask node 3")},
        {"rpc/ping", frame_bytes(FrameKind::ping, 0, 0, "")}};
    for (const auto& [name, bytes] : expected) {
        EXPECT_EQ(test::to_hex(bytes), test::to_hex(test::golden(name))) << name;
    }
    EXPECT_EQ(decode_hello(hello).value(), sample_hello());
}

class Reader : public testing::Test {
  protected:
    // Hands the bytes over in pieces of `step`, and gathers the frames.
    static Result<std::vector<std::shared_ptr<Frame>>> read(FrameReader& reader, ByteView bytes,
                                                            std::size_t step) {
        std::vector<std::shared_ptr<Frame>> frames;
        while (!bytes.empty()) {
            const auto room = reader.buffer();
            const auto count = std::min({room.size(), bytes.size(), step});
            std::memcpy(room.data(), bytes.data(), count);
            bytes = bytes.subspan(count);
            reader.received(count);
            for (;;) {
                auto frame = reader.next();
                if (!frame) return frame.error();
                if (!*frame) break;
                frames.push_back(std::move(*frame));
            }
        }
        return frames;
    }
    Error refusal(ByteView bytes) {
        FrameReader reader{max_body, budget_};
        const auto frames = read(reader, bytes, bytes.size());
        return frames ? Error{Errc::internal, "it was taken"} : frames.error();
    }

    static constexpr std::size_t max_body = 40 << 20;
    runtime::MemoryBudget budget_{std::size_t{128} << 20};
    FrameReader reader_{max_body, budget_};
};

TEST_F(Reader, PutsFramesTogetherHoweverTheyAreCut) {
    Bytes bytes;
    std::string large(20 << 20, 'x');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31);
    for (const auto* body : {"", "a", "bc", large.c_str()}) {
        const auto view = body == large.c_str() ? std::string_view{large} : std::string_view{body};
        const auto one = frame_bytes(FrameKind::message, 3, 0, view, "tail");
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    for (const std::size_t step : {std::size_t{97}, std::size_t{4096}, std::size_t{1} << 20, bytes.size()}) {
        const auto frames = read(reader_, bytes, step).value();
        ASSERT_EQ(frames.size(), 4u) << step;
        EXPECT_EQ(as_text(frames[2]->checked()), "bc");
        EXPECT_TRUE(as_text(frames[3]->checked()) == large);
        EXPECT_EQ(as_text(frames[3]->unchecked()), "tail");
        EXPECT_EQ(frames[3]->method(), Method{3});
    }
    EXPECT_EQ(budget_.used_bytes(), 0u);
}

TEST_F(Reader, RefusesWhatIsNoFrame) {
    const auto good = frame_bytes(FrameKind::request, 1, 1, "body");
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] ^= 0x10;
        EXPECT_EQ(refusal(bad).code, Errc::corrupt) << i;
    }
    auto header = header_for(FrameKind::request, 1, 1, {});
    header.checked_bytes = 1;
    EXPECT_EQ(refusal(encode_frame_header(header)).code, Errc::corrupt);
    header.kind = static_cast<FrameKind>(8);
    EXPECT_EQ(refusal(encode_frame_header(header)).code, Errc::unsupported);
}

TEST_F(Reader, RefusesLongBodiesBeforeTheyCome) {
    auto header = header_for(FrameKind::request, 1, 1, {});
    header.body_bytes = max_body + 1;
    EXPECT_EQ(refusal(encode_frame_header(header)).code, Errc::limit_exceeded);
    header.body_bytes = max_body;
    ASSERT_TRUE(read(reader_, encode_frame_header(header), frame_header_bytes));
    EXPECT_LE(budget_.used_bytes(), 64u << 10);  // before more has come
}

TEST_F(Reader, WaitsForMemoryAndGoesOn) {
    const std::string body(3 << 20, 'm');
    const auto bytes = frame_bytes(FrameKind::message, 1, 0, body);
    auto taken = budget_.charge(budget_.limit_bytes());
    std::memcpy(reader_.buffer().data(), bytes.data(), 1000);
    reader_.received(1000);
    EXPECT_EQ(reader_.next().error().code, Errc::no_space);
    taken = {};
    EXPECT_EQ(reader_.next().value(), nullptr);
    const auto frames = read(reader_, ByteView{bytes}.subspan(1000), 1 << 16).value();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_TRUE(as_text(frames[0]->body()) == body);
}

TEST(Hello, IsCheckedBeforeItIsBelieved) {
    auto bytes = encode_hello(sample_hello());
    bytes.push_back(1);  // of a later version
    EXPECT_EQ(decode_hello(bytes).value(), sample_hello());
    EXPECT_EQ(decode_hello(ByteView{bytes}.first(47)).error().code, Errc::corrupt);
    auto hello = sample_hello();
    hello.stream = max_streams;
    EXPECT_EQ(decode_hello(encode_hello(hello)).error().code, Errc::corrupt);
    hello = sample_hello();
    hello.from = NodeId{-1};
    EXPECT_EQ(decode_hello(encode_hello(hello)).error().code, Errc::corrupt);
}

TEST(ErrorNumber, IsDistinctForEachError) {
    std::set<std::uint16_t> numbers;
    for (int each = 0; each <= static_cast<int>(Errc::internal); ++each) {
        const auto code = static_cast<Errc>(each);
        EXPECT_TRUE(numbers.insert(error_number(code)).second) << name(code);
        EXPECT_EQ(error_code(error_number(code)), code);
    }
    EXPECT_FALSE(numbers.contains(0));
    EXPECT_EQ(error_code(60000), Errc::internal);
    const auto text = encode_error_text({Errc::busy, std::string(max_error_text_bytes + 1, 'x')});
    EXPECT_EQ(text.size(), max_error_text_bytes);
}

TEST(CertifiedName, IsReadFromTheUris) {
    const auto cluster = Uuid::from_random(5, 6);
    const auto of = [](std::vector<std::string> uris) { return certified_name({.uris = std::move(uris)}); };
    const CertifiedName node{cluster, NodeId{7}}, authority{cluster, std::nullopt};
    EXPECT_EQ(of({"urn:other", certified_uri(node)}), node);
    EXPECT_EQ(of({certified_uri(authority)}), authority);
    EXPECT_EQ(certified_uri(node), "weir://" + cluster.text() + "/node/7");
    const auto base = certified_uri(authority);
    for (const auto* wrong :
         {"/", "/node", "/node/", "/node/-1", "/node/1x", "/node/99999999999", "/other/1"}) {
        EXPECT_EQ(of({base + wrong}), std::nullopt) << wrong;
    }
    EXPECT_EQ(of({"weir://", "weir://short/node/1", "http://" + cluster.text()}), std::nullopt);
}

}  // namespace
}  // namespace weir::rpc
