// Entries come back as they were appended, take little memory, and blocks can be let go of one by one.
#include "broker/queue/message_index.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace weir::queue {
namespace {

Bytes written(const MessageIndex& index) {
    FieldWriter out;
    index.write(out);
    return out.take();
}

IndexEntry any_entry(SeededRandom& random, std::int64_t position) {
    IndexEntry entry{.position = Offset{position}, .bytes = random.next() % 2'000};
    if (random.next() % 500 == 0) entry.expires_ms = static_cast<std::int64_t>(random.next() % (1ull << 41));
    if (random.next() % 500 == 0) entry.content_back = random.next() % static_cast<std::uint64_t>(position);
    if (random.next() % 500 == 0) entry.group = random.next();
    return entry;
}

TEST(MessageIndex, EntriesComeBack) {
    SeededRandom random(1);
    MessageIndex index;
    std::vector<IndexEntry> model;
    std::int64_t position = 1'000;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        position += static_cast<std::int64_t>(random.next() % 300) + 1;
        model.push_back(any_entry(random, position));
        ASSERT_EQ(index.append(model.back(), static_cast<std::int64_t>(i)), i);
    }
    for (std::uint64_t i = 0; i < model.size(); ++i) ASSERT_EQ(index.at(i), model[i]) << i;
    EXPECT_EQ(index.block_time_ms(0), 63);
    EXPECT_EQ(index.block_time_ms(9'999), 9'999);
    const Bytes bytes = written(index);
    FieldReader in(bytes);
    const auto again = MessageIndex::read(in);
    ASSERT_TRUE(in.at_end());
    EXPECT_EQ(written(again), bytes);
    for (std::uint64_t i = 0; i < model.size(); ++i) ASSERT_EQ(again.at(i), model[i]) << i;
}

TEST(MessageIndex, TakesAtMostSixBytesAMessage) {
    SeededRandom random(2);
    MessageIndex one_of_ten, sizes_vary;
    for (std::int64_t i = 0; i < 64'000; ++i) {
        one_of_ten.append({.position = Offset{i * 10}, .bytes = 100}, i);
        sizes_vary.append({.position = Offset{i}, .bytes = random.next() % 60'000}, i);
    }
    EXPECT_LT(one_of_ten.memory_bytes(), 64'000u * 4);
    EXPECT_LT(sizes_vary.memory_bytes(), 64'000u * 6);
}

TEST(MessageIndex, LetsGoOfBlocks) {
    MessageIndex index;
    for (std::int64_t i = 0; i < 1'000; ++i) index.append({.position = Offset{i}}, i);
    index.drop_block(64);
    EXPECT_FALSE(index.has(64));
    EXPECT_FALSE(index.has(127));
    EXPECT_TRUE(index.has(128));
    EXPECT_EQ(index.first_kept(), 0u);
    index.drop_block(0);
    EXPECT_EQ(index.first_kept(), 128u);
    index.drop_block(999);  // not full yet
    EXPECT_TRUE(index.has(999));
    for (std::uint64_t i = 128; i < 960; i += 64) index.drop_block(i);
    EXPECT_EQ(index.first_kept(), 960u);
    index.drop_all();
    EXPECT_EQ(index.first_kept(), 1'000u);
    EXPECT_EQ(index.memory_bytes(), 0u);
}

TEST(MessageIndex, GoesOnAfterAllWasLetGoOf) {
    MessageIndex index;
    for (std::int64_t i = 0; i < 100; ++i) index.append({.position = Offset{i}}, i);
    index.drop_all();
    for (std::int64_t i = 100; i < 300; ++i) index.append({.position = Offset{i}}, i);
    EXPECT_FALSE(index.has(99));
    EXPECT_EQ(index.first_kept(), 100u);
    for (std::uint64_t i = 128; i < 300; ++i) {
        ASSERT_EQ(index.at(i).position, Offset{static_cast<std::int64_t>(i)});
    }
    EXPECT_EQ(index.at(100).position, Offset{100});
    const Bytes bytes = written(index);
    FieldReader in(bytes);
    EXPECT_EQ(written(MessageIndex::read(in)), bytes);
    EXPECT_TRUE(in.at_end());
}

TEST(MessageIndex, RefusesBrokenBlocks) {
    MessageIndex index;
    for (std::int64_t i = 0; i < 64; ++i) index.append({.position = Offset{i}}, i);
    Bytes bytes = written(index);
    bytes[6 + 8] = 9;  // the first field's width
    FieldReader in(bytes);
    (void)MessageIndex::read(in);
    EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace weir::queue
