// Sets of numbers against std::set.
#include "broker/queue/bit_pages.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace weir::queue {
namespace {

TEST(BitPages, HoldsWhatIsSet) {
    BitPages pages;
    EXPECT_TRUE(pages.set(5'000));
    EXPECT_FALSE(pages.set(5'000));
    EXPECT_TRUE(pages.set(100));
    EXPECT_TRUE(pages.test(100));
    EXPECT_FALSE(pages.test(101));
    EXPECT_EQ(pages.first(), 100u);
    EXPECT_EQ(pages.next(101), 5'000u);
    EXPECT_EQ(pages.next(5'001), std::nullopt);
    EXPECT_EQ(pages.count(), 2u);
    EXPECT_TRUE(pages.clear(100));
    EXPECT_FALSE(pages.clear(100));
    EXPECT_EQ(pages.first(), 5'000u);
}

TEST(BitPages, FindsTheFirstThatIsMissing) {
    BitPages pages;
    for (std::uint64_t i = 1'000; i < 1'200; ++i) pages.set(i);
    EXPECT_EQ(pages.next_missing(999), 999u);
    EXPECT_EQ(pages.next_missing(1'000), 1'200u);
    EXPECT_EQ(pages.next_missing(1'199), 1'200u);
}

void expect_equal(const BitPages& pages, const std::set<std::uint64_t>& model, std::uint64_t from) {
    ASSERT_EQ(pages.count(), model.size());
    const auto next = model.lower_bound(from);
    ASSERT_EQ(pages.next(from), next == model.end() ? std::nullopt : std::optional(*next));
    ASSERT_EQ(pages.first(), model.empty() ? std::nullopt : std::optional(*model.begin()));
    auto missing = from;
    while (model.contains(missing)) ++missing;
    ASSERT_EQ(pages.next_missing(from), missing);
}

TEST(BitPages, AgreesWithASet) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRandom random(seed);
        BitPages pages;
        std::set<std::uint64_t> model;
        for (int step = 0; step < 3'000; ++step) {
            const auto number = random.next() % 5'000;
            switch (random.next() % 8) {
                case 0: ASSERT_EQ(pages.clear(number), model.erase(number) == 1); break;
                case 1:
                    if (random.next() % 20 != 0) break;
                    pages.clear_before(number);
                    model.erase(model.begin(), model.lower_bound(number));
                    break;
                default: ASSERT_EQ(pages.set(number), model.insert(number).second);
            }
            ASSERT_EQ(pages.test(number), model.contains(number));
            expect_equal(pages, model, random.next() % 5'000);
        }
        std::uint64_t bits = 0;
        pages.for_each_word([&](std::uint64_t first, std::uint64_t word) {
            for (std::uint64_t i = 0; i < 64; ++i) {
                if ((word >> i & 1) != 0) {
                    ASSERT_TRUE(model.contains(first + i));
                    ++bits;
                }
            }
        });
        EXPECT_EQ(bits, model.size());
    }
}

}  // namespace
}  // namespace weir::queue
