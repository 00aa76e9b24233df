// What nodes say of topics: as its golden bytes say, and nothing cut passes for whole.
#include "broker/topic_wire.hpp"

#include <gtest/gtest.h>

#include "broker/message/batch_builder.hpp"
#include "support/golden.hpp"

namespace weir::broker {
namespace {

Uuid topic() {
    Uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i + 1);
    return id;
}

TopicRead read_from(const Start& start) {
    return {.topic = topic(),
            .partition = PartitionId{300},
            .from = start,
            .most_bytes = 262'144,
            .wait_ms = 5000};
}

Bytes batch(std::int64_t base, int count) {
    message::BatchBuilder builder;
    for (int i = 0; i < count; ++i) builder.add(1, std::nullopt, as_bytes("value"));
    auto bytes = builder.finish();
    log::set_base_offset(bytes, Offset{base});
    return bytes;
}

TEST(TopicWire, IsWhatItWas) {
    EXPECT_EQ(test::to_hex(encode(read_from(AtTime{1'000}))), test::to_hex(test::golden("topic/read")));
    const Bytes content{7, 8, 9};
    EXPECT_EQ(test::to_hex(encode(TopicPiece{Offset{1}, Offset{500}, Offset{40}, content, nullptr})),
              test::to_hex(test::golden("topic/piece")));
    EXPECT_EQ(test::to_hex(encode_append(topic(), PartitionId{300}, content)),
              test::to_hex(test::golden("topic/append")));
}

TEST(TopicWire, EachStartComesBack) {
    for (const Start& start : {Start{FirstRecord{}}, Start{LastBatch{}}, Start{NextRecord{}},
                               Start{Offset{9}}, Start{AtTime{-1}}}) {
        const auto back = decode_topic_read(encode(read_from(start)));
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, read_from(start));
    }
}

TEST(TopicWire, NothingCutOrOfAnotherVersionIsTaken) {
    const auto whole = encode(read_from(Offset{9}));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(decode_topic_read(ByteView{whole}.first(size)).error().code, Errc::corrupt) << size;
    auto other = whole;
    other[0] = 2;
    EXPECT_EQ(decode_topic_read(other).error().code, Errc::unsupported);
    EXPECT_EQ(decode_topic_piece({}, nullptr).error().code, Errc::corrupt);
    EXPECT_EQ(decode_topic_append(ByteView{whole}.first(9)).error().code, Errc::corrupt);
}

TEST(TopicWire, APiecesBatchesAreChecked) {
    auto bytes = batch(10, 2);
    const auto second = batch(12, 3);
    bytes.insert(bytes.end(), second.begin(), second.end());
    TopicPiece piece{.log_start = {}, .end = Offset{15}, .from = Offset{10}, .batches = bytes};
    const auto batches = batches_of(piece);
    ASSERT_TRUE(batches);
    ASSERT_EQ(batches->size(), 2u);
    EXPECT_EQ(batches->back()->records().back().offset, Offset{14});
    piece.batches = ByteView{bytes}.first(bytes.size() - 1);
    EXPECT_EQ(batches_of(piece).error().code, Errc::corrupt);
    bytes[70] ^= 1;
    piece.batches = bytes;
    EXPECT_EQ(batches_of(piece).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace weir::broker
