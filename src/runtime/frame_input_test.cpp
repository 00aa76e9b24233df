// Bodies of all sizes from pieces of all sizes, and what they cost the budget meanwhile.
#include "runtime/frame_input.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

class FrameInputTest : public ::testing::Test {
  protected:
    // As much as there is room for; how much that was.
    std::size_t feed(ByteView bytes) {
        const auto room = input_.buffer();
        const auto count = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), count);
        input_.received(count);
        return count;
    }

    MemoryBudget budget_{std::size_t{8} << 20};
    FrameInput input_{budget_};
};

TEST_F(FrameInputTest, WhatFollowsABodyIsTheNextHeader) {
    const Bytes bytes{1, 'b', 'o', 'd', 'y', 2, 3};
    EXPECT_EQ(feed(bytes), bytes.size());
    EXPECT_EQ(input_.header().size(), bytes.size());
    ASSERT_TRUE(input_.begin_body(1, 4));
    EXPECT_TRUE(input_.is_complete().value());
    EXPECT_EQ(as_text(input_.take_body().bytes()), "body");
    EXPECT_FALSE(input_.is_in_body());
    EXPECT_EQ(Bytes(input_.header().begin(), input_.header().end()), (Bytes{2, 3}));
}

TEST_F(FrameInputTest, ALongBodyComesIntoItsPlace) {
    Bytes bytes((3 << 20) + 2, 7);
    bytes.back() = 9;
    ByteView left{bytes};
    left = left.subspan(feed(left));
    ASSERT_TRUE(input_.begin_body(1, bytes.size() - 2));
    while (!input_.is_complete().value()) left = left.subspan(feed(left.first(left.size() - 1)));
    const auto body = input_.take_body();
    EXPECT_EQ(body.bytes().size(), bytes.size() - 2);
    EXPECT_EQ(body.bytes().back(), 7);
    feed(left);
    EXPECT_EQ(input_.header().front(), 9);
}

TEST_F(FrameInputTest, ChargesWhatHasComeNotWhatIsClaimed) {
    feed(Bytes(1000, 1));
    ASSERT_TRUE(input_.begin_body(4, std::size_t{1} << 40));
    EXPECT_FALSE(input_.is_complete().value());
    EXPECT_LE(budget_.used_bytes(), 64u << 10);
}

TEST_F(FrameInputTest, WithoutBudgetNothingHasBegun) {
    auto others = budget_.charge(budget_.limit_bytes());
    feed(Bytes(1000, 1));
    EXPECT_EQ(input_.begin_body(4, 2000).error().code, Errc::no_space);
    EXPECT_FALSE(input_.is_in_body());
    EXPECT_EQ(input_.header().size(), 1000u);
    others = {};
    EXPECT_TRUE(input_.begin_body(4, 2000));
    EXPECT_EQ(budget_.used_bytes(), 2000u);
}

TEST_F(FrameInputTest, ABodyThatCantGrowGoesOnLater) {
    const Bytes bytes(100'000, 1);
    ByteView left{bytes};
    left = left.subspan(feed(left));
    ASSERT_TRUE(input_.begin_body(0, bytes.size()));
    auto others = budget_.charge(budget_.limit_bytes() - budget_.used_bytes());
    while (input_.is_complete()) left = left.subspan(feed(left));
    EXPECT_EQ(input_.is_complete().error().code, Errc::no_space);
    others = {};
    while (!input_.is_complete().value()) left = left.subspan(feed(left));
    EXPECT_TRUE(left.empty());
}

}  // namespace
}  // namespace weir::runtime
