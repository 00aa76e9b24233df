// Peers with much and with little to do, and how long each is waited for.
#include "runtime/wait_choice.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

constexpr std::int64_t short_us = 200, long_us = 1000;

class WaitChoiceTest : public testing::Test {
  protected:
    // A peer that sends so many bytes a millisecond, and stands still after `window` of them until it is
    // read. Returns which share of the time the waits were long.
    double run(std::size_t rate, std::size_t window, std::int64_t duration_us) {
        std::int64_t long_time_us = 0;
        for (const auto end_us = now_us_ + duration_us; now_us_ < end_us;) {
            const auto wait_us = choice_.is_long() ? long_us : short_us;
            if (choice_.is_long()) long_time_us += wait_us;
            now_us_ += wait_us;
            choice_.read(std::min(rate * static_cast<std::size_t>(wait_us) / 1000, window));
            choice_.begin(now_us_);
        }
        return static_cast<double>(long_time_us) / static_cast<double>(duration_us);
    }

    WaitChoice choice_;
    std::int64_t now_us_ = 1'000'000;
};

TEST_F(WaitChoiceTest, WhoHasPlentyToDoIsWaitedForLong) {
    EXPECT_GT(run(10'000, 20'000, 5'000'000), 0.9);
}

TEST_F(WaitChoiceTest, WhoStandsStillIsSeldomWaitedFor) {
    run(10'000, 3'000, 5'000'000);
    EXPECT_LT(run(10'000, 3'000, 5'000'000), 0.05);
}

TEST_F(WaitChoiceTest, WhoBeginsToStandStillIsFoundOut) {
    run(10'000, 20'000, 1'000'000);
    run(10'000, 3'000, 1'000'000);
    EXPECT_LT(run(10'000, 3'000, 1'000'000), 0.1);
    run(10'000, 20'000, 1'000'000);
    EXPECT_GT(run(10'000, 20'000, 1'000'000), 0.9);
}

}  // namespace
}  // namespace weir::runtime
