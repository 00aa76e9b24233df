// Rates of what is asked for now and then.
#include "protocols/management/message_rates.hpp"

#include <gtest/gtest.h>

namespace weir::management {
namespace {

double publish_rate(MessageRates& rates, std::uint64_t published, std::int64_t now_ms) {
    const auto stats = rates.stats("q", {.counters = {.published = published}}, now_ms, 0);
    return stats.passed["publish_details"]["rate"];
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
    const auto stats = rates.stats("q", {.counters = {1, 2, 3, 4}}, 0, 0).passed;
    EXPECT_EQ(stats["publish"], 1);
    EXPECT_EQ(stats["deliver_get"], 2);
    EXPECT_EQ(stats["redeliver"], 3);
    EXPECT_EQ(stats["ack"], 4);
}

TEST(MessageRates, OfWhatIsThereGoDownToo) {
    MessageRates rates;
    rates.stats("q", {.ready = 30, .unready = 5}, 1'000, 0);
    const auto lengths = rates.stats("q", {.ready = 10, .unready = 5}, 2'000, 0).lengths;
    EXPECT_EQ(lengths["messages_ready_details"]["rate"], -20);
    EXPECT_EQ(lengths["messages_unacknowledged_details"]["rate"], 0);
    EXPECT_EQ(lengths["messages_details"], Json({{"rate", -20.0}})) << "no samples unless they are asked for";
}

TEST(MessageRates, BeginAnewWhenAllIsForgotten) {
    MessageRates rates;
    rates.stats("q", {.ready = 10}, 1'000, 0);
    rates.forget();
    const auto lengths = rates.stats("q", {.ready = 20}, 2'000, 0).lengths;
    EXPECT_EQ(lengths["messages_ready_details"]["rate"], 0);
}

TEST(MessageRates, SamplesGoBackAsFarAsSomethingIsKnown) {
    MessageRates rates;
    const SampleWindows windows{.lengths = SampleWindow{60'000, 5'000}};
    rates.stats("q", {.ready = 10}, 1'000, 101'000, windows);
    rates.stats("q", {.ready = 20}, 6'000, 106'000, windows);
    const auto details =
        rates.stats("q", {.ready = 60}, 11'000, 111'000, windows).lengths["messages_details"];
    EXPECT_EQ(details["samples"], Json::parse(R"([{"sample": 60.0, "timestamp": 111000},
                                                  {"sample": 20.0, "timestamp": 106000}])"));
    EXPECT_EQ(details["avg"], 40);
    EXPECT_EQ(details["avg_rate"], 8);
}

TEST(MessageRates, SamplesAreOfTheTimeThatIsAskedFor) {
    MessageRates rates;
    const SampleWindows windows{.passed = SampleWindow{2'000, 1'000}};
    rates.stats("q", {.counters = {.published = 10}}, 1'000, 1'000, windows);
    const auto details =
        rates.stats("q", {.counters = {.published = 40}}, 4'000, 4'000, windows).passed["publish_details"];
    EXPECT_EQ(details["samples"].size(), 3u);
    EXPECT_EQ(details["samples"][2], Json({{"sample", 10.0}, {"timestamp", 2'000}}));
    EXPECT_EQ(details["rate"], 10);
    EXPECT_EQ(details["avg_rate"], 0) << "what was before does not count";
}

TEST(MessageRates, AnAverageRateNeedsNoWholeStep) {
    MessageRates rates;
    const SampleWindows windows{.lengths = SampleWindow{60'000, 5'000}};
    rates.stats("q", {.ready = 0}, 1'000, 1'000, windows);
    const auto details = rates.stats("q", {.ready = 5}, 1'500, 1'500, windows).lengths["messages_details"];
    EXPECT_EQ(details["avg_rate"], 10);
    EXPECT_EQ(details["samples"].size(), 1u);
}

TEST(MessageRates, NoMoreSamplesThanTheLimit) {
    MessageRates rates;
    const SampleWindows windows{.passed = SampleWindow{INT64_MAX / 2, 1}};
    rates.stats("q", {}, 0, 0, windows);
    const auto details = rates.stats("q", {}, 4'000, 4'000, windows).passed["ack_details"];
    EXPECT_EQ(details["samples"].size(), static_cast<std::size_t>(max_samples));
}

}  // namespace
}  // namespace weir::management
