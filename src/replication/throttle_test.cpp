// Rates by a clock in the test's hand.
#include "replication/throttle.hpp"

#include <gtest/gtest.h>

namespace weir::replication {
namespace {

// Bytes that go in so many ms, in batches, as often as they may.
std::int64_t sent(Throttle& throttle, std::int64_t from_ms, std::int64_t to_ms, std::int64_t batch) {
    std::int64_t bytes = 0;
    for (auto at = from_ms; at < to_ms; ++at) {
        for (; throttle.available(at) > 0; bytes += batch) throttle.take(batch);
    }
    return bytes;
}

TEST(Throttle, HoldsItsRateWhateverTheBatches) {
    for (const std::int64_t batch : {1, 100, 5000, 1'000'000}) {
        Throttle throttle;
        throttle.set_rate(100'000, 0);
        const auto bytes = sent(throttle, 0, 60'000, batch);
        EXPECT_GE(bytes, 59 * 100'000) << batch;
        EXPECT_LE(bytes, 61 * 100'000 + batch) << batch;
    }
}

TEST(Throttle, EarnsLessThanAByteAtATime) {
    Throttle throttle;
    throttle.set_rate(3, 0);
    const auto bytes = sent(throttle, 0, 100'000, 1);
    EXPECT_GE(bytes, 299);
    EXPECT_LE(bytes, 304);
}

TEST(Throttle, KeepsNoMoreThanASecond) {
    Throttle throttle;
    throttle.set_rate(1000, 0);
    EXPECT_EQ(throttle.available(500'000), 1000);
}

TEST(Throttle, OfNothingLetsNothingThrough) {
    Throttle throttle;
    throttle.set_rate(0, 0);
    EXPECT_EQ(sent(throttle, 0, 10'000, 1), 0);
    throttle.set_rate(10, 10'000);
    EXPECT_GT(sent(throttle, 10'000, 12'000, 1), 0);
}

TEST(Throttle, IsNoneUntilARateIsSet) {
    Throttle throttle;
    EXPECT_GT(throttle.available(0), std::int64_t{1} << 39);
    throttle.set_rate(5, 0);
    EXPECT_EQ(throttle.available(0), 5);
    throttle.set_rate(no_limit, 0);
    EXPECT_GT(throttle.available(1000), std::int64_t{1} << 39);
}

}  // namespace
}  // namespace weir::replication
