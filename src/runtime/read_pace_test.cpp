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
        pace_.sent();
    }
    stream();
    pace_.sent();
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

}  // namespace
}  // namespace weir::runtime
