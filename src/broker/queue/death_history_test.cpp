// A dead letter's history: counting, order, and circles.
#include "broker/queue/death_history.hpp"

#include <gtest/gtest.h>

namespace weir::queue {
namespace {

Death death(std::string queue, Reason reason) {
    return {.queue = std::move(queue), .reason = reason, .first_time_ms = 5, .exchange = "e", .keys = {"k"}};
}

TEST(DeathHistory, TheNewestIsFirst) {
    History history;
    add_death(history, death("a", Reason::expired));
    add_death(history, death("b", Reason::rejected));
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0].queue, "b");
}

TEST(DeathHistory, TheSameQueueAndReasonAreCountedAndKeepTheirFirstTime) {
    History history;
    add_death(history, death("a", Reason::expired));
    add_death(history, death("a", Reason::rejected));
    auto again = death("a", Reason::expired);
    again.first_time_ms = 99;
    add_death(history, again);
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0].reason, Reason::expired);
    EXPECT_EQ(history[0].count, 2u);
    EXPECT_EQ(history[0].first_time_ms, 5);
}

TEST(DeathHistory, ForgetsTheOldestBeyondItsLimit) {
    History history;
    for (std::size_t i = 0; i <= max_deaths; ++i) {
        add_death(history, death(std::to_string(i), Reason::expired));
    }
    ASSERT_EQ(history.size(), max_deaths);
    EXPECT_EQ(history.back().queue, "1");
}

TEST(DeathHistory, ACircleWithoutARejectionIsClosed) {
    History history;
    add_death(history, death("work", Reason::expired));
    add_death(history, death("wait", Reason::expired));
    EXPECT_TRUE(closes_cycle(history, Reason::expired, "work"));
    EXPECT_TRUE(closes_cycle(history, Reason::expired, "wait"));
    EXPECT_FALSE(closes_cycle(history, Reason::expired, "other"));
    EXPECT_FALSE(closes_cycle(history, Reason::rejected, "work"));
}

TEST(DeathHistory, ARejectionOnTheWayOpensTheCircle) {
    History history;
    add_death(history, death("work", Reason::rejected));
    add_death(history, death("wait", Reason::expired));
    EXPECT_FALSE(closes_cycle(history, Reason::expired, "work"));
    EXPECT_TRUE(closes_cycle(history, Reason::expired, "wait"));
}

TEST(DeathHistory, ComesBackAsWritten) {
    History history;
    add_death(history, death("a", Reason::max_length));
    add_death(history, {.queue = "b", .reason = Reason::delivery_limit, .original_ttl_ms = 1000});
    FieldWriter out;
    write(out, history);
    const Bytes bytes = out.take();
    FieldReader in(bytes);
    EXPECT_EQ(read_history(in), history);
    EXPECT_TRUE(in.at_end());
    FieldReader cut(ByteView(bytes).first(bytes.size() - 1));
    (void)read_history(cut);
    EXPECT_FALSE(cut.at_end());
}

}  // namespace
}  // namespace weir::queue
