// Rates of what is asked for now and then.
#include "protocols/management/message_rates.hpp"

#include <gtest/gtest.h>

namespace weir::management {
namespace {

double publish_rate(MessageRates& rates, std::uint64_t published, std::int64_t now_ms) {
    return rates.stats("q", {.published = published}, now_ms)["publish_details"]["rate"];
}

TEST(MessageRates, AreOfTheTimeSinceAnEarlierLook) {
    MessageRates rates;
    EXPECT_EQ(publish_rate(rates, 100, 1'000), 0) << "nothing is known of the time before";
    EXPECT_EQ(publish_rate(rates, 110, 2'000), 10);
    EXPECT_EQ(publish_rate(rates, 150, 6'000), 10);
    EXPECT_EQ(publish_rate(rates, 1'150, 11'000), 200) << "since 6 s: what was before does not count";
    EXPECT_EQ(publish_rate(rates, 1'150, 61'000), 0);
}

TEST(MessageRates, ANewLeaderCountsAnew) {
    MessageRates rates;
    publish_rate(rates, 100, 1'000);
    EXPECT_EQ(publish_rate(rates, 5, 7'000), 0);
}

TEST(MessageRates, TellTheCountsToo) {
    MessageRates rates;
    const auto stats = rates.stats("q", {1, 2, 3, 4}, 0);
    EXPECT_EQ(stats["publish"], 1);
    EXPECT_EQ(stats["deliver_get"], 2);
    EXPECT_EQ(stats["redeliver"], 3);
    EXPECT_EQ(stats["ack"], 4);
}

}  // namespace
}  // namespace weir::management
