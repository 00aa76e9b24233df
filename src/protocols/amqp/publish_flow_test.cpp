// Clients with windows and clients with a pace, and what each is taken for.
#include "protocols/amqp/publish_flow.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace weir::amqp {
namespace {

constexpr std::int64_t commit_us = 250;

// A log that takes one batch at a time, and begins the next of a steady client a millisecond after the last.
class PublishFlowTest : public testing::Test {
  protected:
    struct Client {
        std::int64_t gap_us = 0;  // its pace; 0: it goes on with an answer
        std::size_t window = 1;
        std::int64_t reaction_us = 50;  // to an answer
        std::int64_t each_us = 0;       // that it takes for each publish
    };
    // Returns how many were answered.
    std::size_t run(const Client& client, std::int64_t duration_us) {
        gathered_.clear(), written_.clear(), due_.clear();
        if (client.gap_us == 0) add_due(client, client.window);
        std::size_t answered = 0;
        auto next_us = now_us_;
        for (const auto end_us = now_us_ + duration_us; now_us_ < end_us; now_us_ += step_us) {
            for (; client.gap_us > 0 && next_us <= now_us_; next_us += client.gap_us) publish();
            for (; !due_.empty() && due_.front() <= now_us_; due_.pop_front()) publish();
            const auto done = commit();
            answered += done;
            if (client.gap_us == 0) add_due(client, done);
        }
        return answered;
    }
    void pause(std::int64_t duration_us) {
        for (const auto end_us = now_us_ + duration_us; now_us_ < end_us; now_us_ += step_us) commit();
    }
    // What a client gets done, of each thousand that it gets done if nothing waits.
    std::size_t permille(const Client& client) {
        const auto run_alone = [&](bool can_wait) {
            flow_ = {};
            can_wait_ = can_wait;
            return run(client, 1'000'000);
        };
        const auto full = run_alone(false);
        return 1000 * run_alone(true) / full;
    }

    static constexpr std::int64_t step_us = 5;
    PublishFlow flow_;
    std::int64_t now_us_ = 1'000'000;
    std::size_t commits_ = 0;

  private:
    void add_due(const Client& client, std::size_t count) {
        auto due_us = std::max(now_us_ + client.reaction_us, due_.empty() ? 0 : due_.back());
        for (; count > 0; --count) due_.push_back(due_us += client.each_us);
    }
    void publish() {
        flow_.published(now_us_);
        gathered_.push_back(now_us_);
    }
    std::size_t commit() {
        std::size_t done = 0;
        if (!written_.empty() && now_us_ - begun_us_ >= commit_us) {
            for (const auto since_us : written_) flow_.answered(since_us, now_us_);
            done = std::exchange(written_, {}).size();
        }
        const bool waits = can_wait_ && flow_.is_steady() && now_us_ - begun_us_ < 1000;
        if (!written_.empty() || gathered_.empty() || waits) return done;
        written_.swap(gathered_);
        begun_us_ = now_us_;
        ++commits_;
        return done;
    }

    bool can_wait_ = true;
    std::int64_t begun_us_ = 0;  // the last batch
    std::deque<std::int64_t> due_;
    std::deque<std::int64_t> gathered_, written_;  // when each was published
};

TEST_F(PublishFlowTest, WhoHasAPaceIsSteady) {
    for (const std::int64_t gap_us : {20, 125, 300, 450}) {
        flow_ = {};
        commits_ = 0;
        run({.gap_us = gap_us}, 1'000'000);
        EXPECT_TRUE(flow_.is_steady()) << gap_us;
        EXPECT_LT(commits_, 1'100u) << "one each millisecond";
    }
}

TEST_F(PublishFlowTest, WhoWaitsForAnswersLosesNothing) {
    for (const std::size_t window : {1, 2, 3, 10, 30}) {
        for (const std::int64_t each_us : {0, 5, 50, 150, 1000}) {
            EXPECT_GE(permille({.window = window, .reaction_us = 50, .each_us = each_us}), 970u)
                << window << " " << each_us;
        }
    }
}

TEST_F(PublishFlowTest, APauseNowAndThenDoesNotMatter) {
    for (int i = 0; i < 20; ++i) {
        run({.gap_us = 125}, 100'000);
        pause(3000);
    }
    commits_ = 0;
    run({.gap_us = 125}, 1'000'000);
    EXPECT_LT(commits_, 1'100u);
}

TEST_F(PublishFlowTest, WhoBeginsToWaitForAnswersIsNoLongerSteadyAtOnce) {
    run({.gap_us = 125}, 100'000);
    ASSERT_TRUE(flow_.is_steady());
    run({.window = 1}, 3'000);
    EXPECT_FALSE(flow_.is_steady());
}

TEST_F(PublishFlowTest, WhatIsAnsweredSoonTellsNothing) {
    run({.gap_us = 125}, 100'000);
    ASSERT_TRUE(flow_.is_steady());
    for (int i = 0; i < 10; ++i) {
        now_us_ += PublishFlow::telling_us - 1;
        flow_.answered(now_us_ - 10'000, now_us_);
        flow_.answered(now_us_ - 9'000, now_us_ + 1);
    }
    EXPECT_TRUE(flow_.is_steady());
    now_us_ += PublishFlow::telling_us + 1;
    flow_.answered(now_us_ - 10'000, now_us_);
    EXPECT_FALSE(flow_.is_steady());
}

}  // namespace
}  // namespace weir::amqp
