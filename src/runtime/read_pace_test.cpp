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

    // A nap is over.
    bool nap() { return pace_.goes_on(now_us_ += ReadPace::nap_us); }

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

TEST_F(ReadPaceTest, WhoSendsMoreThanItIsSentIsReadAfterEachNap) {
    stream();
    for (unsigned i = 0; i < 100 * WaitChoice::probe_waits; ++i) {
        if (read(100)) EXPECT_FALSE(nap());
    }
}

TEST_F(ReadPaceTest, WhoIsSentMuchMayBeWaitedForThoughNothingComes) {
    const auto wait = [&](std::int64_t naps) {
        pace_.sent(10'000);
        for (unsigned i = 1; i < ReadPace::quick_reads; ++i) EXPECT_FALSE(read());
        EXPECT_TRUE(read());
        for (std::int64_t i = 1; i < naps; ++i) EXPECT_TRUE(nap());
        EXPECT_FALSE(nap());
    };
    for (unsigned i = 0; i < WaitChoice::probe_waits; ++i) wait(1);
    for (unsigned i = 0; i <= WaitChoice::probe_waits; ++i) wait(ReadPace::long_us / ReadPace::nap_us);
    wait(1);  // that brought less
}

}  // namespace
}  // namespace weir::runtime
