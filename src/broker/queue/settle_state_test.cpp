// The cursor against a set of settled numbers, and its written form.
#include "broker/queue/settle_state.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace weir::queue {
namespace {

Bytes written(const SettleState& state) {
    FieldWriter out;
    state.write(out);
    return out.take();
}

TEST(SettleState, TheFloorRisesOverWhatIsSettled) {
    SettleState state(10);
    EXPECT_TRUE(state.is_settled(9));
    EXPECT_TRUE(state.settle(12));
    EXPECT_EQ(state.floor(), 10u);
    EXPECT_TRUE(state.settle(10));
    EXPECT_EQ(state.floor(), 11u);
    EXPECT_TRUE(state.settle(11));
    EXPECT_EQ(state.floor(), 13u);
    EXPECT_EQ(state.settled_above_floor(), 0u);
    EXPECT_FALSE(state.settle(12));
}

TEST(SettleState, AttemptsAreForgottenWithTheirMessage) {
    SettleState state;
    state.set_attempts(3, {2, 500});
    ASSERT_NE(state.attempts(3), nullptr);
    EXPECT_EQ(state.attempts(3)->count, 2u);
    EXPECT_EQ(state.attempts(4), nullptr);
    state.settle(3);
    EXPECT_EQ(state.attempts(3), nullptr);
    EXPECT_EQ(state.all_attempts(), nullptr);
}

TEST(SettleState, KnowsWhenAWholeWordIsSettled) {
    SettleState state(70);
    for (std::uint64_t i = 72; i < 128; ++i) state.settle(i);
    EXPECT_FALSE(state.is_word_settled(100));
    state.settle(71);
    EXPECT_FALSE(state.is_word_settled(100));
    state.settle(70);
    EXPECT_TRUE(state.is_word_settled(100));
    EXPECT_TRUE(state.is_word_settled(0));
    EXPECT_FALSE(state.is_word_settled(128));
}

TEST(SettleState, AgreesWithASet) {
    constexpr std::uint64_t end = 3'000;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRandom random(seed);
        SettleState state;
        std::set<std::uint64_t> model;
        for (std::uint64_t i = 0; i < 2'500; ++i) {
            const auto number = std::min(end - 1, state.floor() + random.next() % (i % 500 + 1));
            ASSERT_EQ(state.settle(number), model.insert(number).second);
            std::uint64_t open = 0;
            while (model.contains(open)) ++open;
            ASSERT_EQ(state.floor(), open);
            ASSERT_EQ(state.floor() + state.settled_above_floor(), model.size());
            if (random.next() % 50 == 0) {
                const auto came_back = state.next_open(random.next() % (end - 500));
                state.set_attempts(came_back, {static_cast<std::uint32_t>(i), 7});
            }
        }
        const Bytes bytes = written(state);
        FieldReader in(bytes);
        const auto again = SettleState::read(in, 0, end + 1);
        ASSERT_TRUE(in.at_end());
        EXPECT_EQ(written(again), bytes);
        for (std::uint64_t i = 0; i < end; ++i) ASSERT_EQ(again.is_settled(i), model.contains(i));
    }
}

TEST(SettleState, RefusesNumbersBehindTheEnd) {
    SettleState state;
    state.settle(500);
    const Bytes bytes = written(state);
    FieldReader enough(bytes), too_short(bytes);
    (void)SettleState::read(enough, 0, 501);
    EXPECT_TRUE(enough.at_end());
    (void)SettleState::read(too_short, 0, 500);
    EXPECT_FALSE(too_short.ok());
}

}  // namespace
}  // namespace weir::queue
