// Who is made to wait, and who is not.
#include "runtime/read_pace.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

class ReadPaceTest : public testing::Test {
  protected:
    // Whether the next read waits, after one of so many bytes that came so much later.
    bool read(std::size_t bytes = 20, std::int64_t after_us = 5) {
        pace_.begin(room, now_us_);
        return pace_.read(bytes, now_us_ += after_us);
    }
    void stream() {
        for (unsigned i = 1; i < ReadPace::quick_reads; ++i) EXPECT_FALSE(read());
        EXPECT_TRUE(read());
    }

    // A nap is over, and so many bytes are there.
    bool nap(std::size_t waiting, std::int64_t us = ReadPace::nap_us) {
        return pace_.goes_on(waiting, now_us_ += us);
    }
    // What is waited for comes all the time; how many naps that takes.
    unsigned gather() {
        EXPECT_TRUE(read());
        unsigned naps = 1;
        while (nap(20 * naps)) ++naps;
        return naps;
    }

    static constexpr std::size_t room = 65'536;
    ReadPace pace_;
    std::int64_t now_us_ = 1'000'000;
};

TEST_F(ReadPaceTest, LittleThatComesOftenWaits) {
    stream();
}

TEST_F(ReadPaceTest, NobodyWaitsWhoHasBeenSentSomething) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(read());
        pace_.sent(10);
    }
    stream();
    pace_.sent(10);
    EXPECT_FALSE(read());
}

TEST_F(ReadPaceTest, NeitherMuchNorWhatComesSeldomWaits) {
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(read(ReadPace::little_bytes + 1));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(read(20, ReadPace::quick_us + 1));
}

TEST_F(ReadPaceTest, AStreamIsLookedAtAnewNowAndThen) {
    stream();
    for (unsigned i = 1; i < ReadPace::gathering_reads; ++i) EXPECT_TRUE(read(30'000, 1000)) << i;
    EXPECT_FALSE(read(30'000, 1000));
    EXPECT_FALSE(read(20, 1000));
}

TEST_F(ReadPaceTest, WhatIsThereAlreadyIsReadAtOnce) {
    stream();
    EXPECT_FALSE(read(room));
    EXPECT_TRUE(read());
}

TEST_F(ReadPaceTest, WhoNeverPausesIsReadEachMillisecond) {
    stream();
    EXPECT_EQ(gather(), ReadPace::long_us / ReadPace::nap_us);
    EXPECT_EQ(gather(), ReadPace::long_us / ReadPace::nap_us);
}

TEST_F(ReadPaceTest, WhoPausesIsReadAndNotWaitedForSoLongTheNextTimes) {
    stream();
    EXPECT_TRUE(read());
    EXPECT_TRUE(nap(20));
    EXPECT_FALSE(nap(20)) << "nothing more has come";
    for (unsigned i = 1; i < ReadPace::gathering_reads - 1; ++i) EXPECT_EQ(gather(), 1u) << i;
}

TEST_F(ReadPaceTest, ANapThatSomebodyElseHasEndedIsNoPause) {
    stream();
    EXPECT_TRUE(read());
    EXPECT_TRUE(nap(0, 10));
    EXPECT_TRUE(nap(20));
}

TEST_F(ReadPaceTest, WhoIsSentMuchMayBeWaitedForThoughNothingComes) {
    const auto wait = [&](std::int64_t naps) {
        pace_.sent(10'000);
        for (unsigned i = 1; i < ReadPace::quick_reads; ++i) EXPECT_FALSE(read());
        EXPECT_TRUE(read());
        for (std::int64_t i = 1; i < naps; ++i) EXPECT_TRUE(nap(20));
        EXPECT_FALSE(nap(20));
    };
    for (unsigned i = 0; i < WaitChoice::probe_waits; ++i) wait(1);
    for (unsigned i = 0; i <= WaitChoice::probe_waits; ++i) wait(ReadPace::long_us / ReadPace::nap_us);
    wait(1);  // that brought less
}

TEST_F(ReadPaceTest, NobodyIsWaitedForWhoHasSentEnough) {
    stream();
    EXPECT_TRUE(read());
    EXPECT_FALSE(nap(ReadPace::enough_bytes));
}

TEST_F(ReadPaceTest, WhoNeverPausesWaitsWhateverItIsSent) {
    stream();
    EXPECT_GT(gather(), 1u);
    pace_.sent(10);
    EXPECT_GT(gather(), 1u);
    pace_.sent(10);
    EXPECT_TRUE(read());
    EXPECT_FALSE(nap(0));
    pace_.sent(10);
    EXPECT_FALSE(read()) << "it has paused";
}

}  // namespace
}  // namespace weir::runtime
