// When a round is taken, and what is in it.
#include "log/commit_queue.hpp"

#include <gtest/gtest.h>

#include <future>

namespace weir::log {
namespace {

constexpr std::int64_t at_once_us = 0;
constexpr std::int64_t hour_us = std::int64_t{3600} * 1'000'000;

class CommitQueueTest : public ::testing::Test {
  protected:
    Ticket push(std::size_t entries = 1) {
        std::vector<PendingEntry> pushed(entries);
        return queue_.push(pushed);
    }
    std::size_t wait_and_take(std::int64_t spacing_us) {
        std::vector<PendingEntry> taken;
        if (queue_.wait(spacing_us)) queue_.take(taken);
        return taken.size();
    }
    std::future<std::size_t> take_elsewhere(std::int64_t spacing_us) {
        return std::async(std::launch::async, [this, spacing_us] { return wait_and_take(spacing_us); });
    }

    CommitQueue queue_;
};

TEST_F(CommitQueueTest, WhatIsPushedTogetherIsOfOneRound) {
    const auto ticket = push(3);
    EXPECT_EQ(push(), ticket);
    EXPECT_EQ(wait_and_take(at_once_us), 4u);
    EXPECT_EQ(queue_.taken(), ticket);
    EXPECT_EQ(push(), ticket + 1);
}

TEST_F(CommitQueueTest, ARoundAfterAPauseStartsWithTheFirstPush) {
    auto taken = take_elsewhere(hour_us);
    push();
    EXPECT_EQ(taken.get(), 1u);
}

TEST_F(CommitQueueTest, ARoundWaitsForAsManyPushesAsTheLastOneHad) {
    push();
    push();
    EXPECT_EQ(wait_and_take(at_once_us), 2u);
    // However many entries a push has; and whether it comes before somebody waits or after.
    push(3);
    auto taken = take_elsewhere(hour_us);
    push();
    EXPECT_EQ(taken.get(), 4u);
    taken = take_elsewhere(hour_us);
    push(3);
    push(3);
    EXPECT_EQ(taken.get(), 6u);
}

TEST_F(CommitQueueTest, AfterACrowdedRoundOnePushDoesUntilItIsTime) {
    for (int round = 0; round < 3; ++round) {
        push();
        push();
        EXPECT_EQ(wait_and_take(hour_us), 2u);
    }
    push();
    EXPECT_EQ(wait_and_take(at_once_us), 1u);
    auto taken = take_elsewhere(at_once_us);
    push();
    EXPECT_EQ(taken.get(), 1u);
}

TEST_F(CommitQueueTest, ManyBytesWaitForNothing) {
    push();
    push();
    EXPECT_EQ(wait_and_take(at_once_us), 2u);
    Bytes bytes(std::size_t{4} << 20);
    PendingEntry entry;
    entry.batch = {nullptr, bytes};
    queue_.push(std::move(entry));
    EXPECT_EQ(wait_and_take(hour_us), 1u);
}

TEST_F(CommitQueueTest, WhatIsLeftWhenItClosesIsTaken) {
    push();
    push();
    EXPECT_EQ(wait_and_take(at_once_us), 2u);
    push();
    queue_.close();
    EXPECT_EQ(wait_and_take(hour_us), 1u);
    EXPECT_FALSE(queue_.wait(hour_us));
}

}  // namespace
}  // namespace weir::log
