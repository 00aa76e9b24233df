// Messages in shared pieces: equal to what they were made of, and alive as long as anybody has them.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "broker/queue/message_maker.hpp"

namespace weir::queue {
namespace {

struct Original {
    std::string exchange, key;
    Bytes properties, body;

    Message view() const { return {exchange, key, properties, body}; }
};

Original draw(Random& random) {
    const auto size = [&](std::uint64_t most) { return static_cast<std::size_t>(random.next() % most); };
    const auto letter = static_cast<char>('a' + random.next() % 26);
    const auto octet = static_cast<std::uint8_t>(random.next());
    return {std::string(size(20), letter), std::string(size(20), letter), Bytes(size(30), octet),
            Bytes(random.next() % 20 == 0 ? 100'000 : size(3000), octet)};
}

bool are_equal(const Message& a, const Message& b) {
    return a.exchange == b.exchange && a.key == b.key && std::ranges::equal(a.properties, b.properties) &&
           std::ranges::equal(a.body, b.body);
}

TEST(MessageMaker, MakesWhatItIsGiven) {
    SeededRandom random{7};
    std::vector<Original> originals;
    std::vector<MessagePtr> made;
    {
        MessageMaker maker;
        for (int i = 0; i < 500; ++i) {
            originals.push_back(draw(random));
            made.push_back(maker.make(originals.back().view()));
            if (random.next() % 50 == 0) maker.rest();
        }
    }
    for (std::size_t i = 0; i < made.size(); ++i) EXPECT_TRUE(are_equal(*made[i], originals[i].view())) << i;
}

TEST(MessageMaker, ThoseThatComeTogetherShareMemory) {
    MessageMaker maker;
    const Message one{.key = "k"};
    (void)maker.make(one), (void)maker.make(one);
    const auto third = maker.make(one), fourth = maker.make(one);
    EXPECT_FALSE(third.owner_before(fourth) || fourth.owner_before(third)) << "in one piece";
    maker.rest();
    const auto alone = maker.make(one);
    EXPECT_TRUE(alone.owner_before(fourth) || fourth.owner_before(alone)) << "it came later";
    EXPECT_EQ(alone.use_count(), 2) << "by itself, with the maker";
}

}  // namespace
}  // namespace weir::queue
