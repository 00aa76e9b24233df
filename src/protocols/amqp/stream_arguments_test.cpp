// Streams' arguments: what they mean to a topic, and where consumers begin.
#include "protocols/amqp/stream_arguments.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

using topology::Value;

TEST(StreamArguments, IntervalsHaveANumberAndAUnit) {
    EXPECT_EQ(interval_ms("30s"), 30'000);
    EXPECT_EQ(interval_ms("1h"), 3'600'000);
    EXPECT_EQ(interval_ms("7D"), std::int64_t{7} * 24 * 3600 * 1000);
    for (const auto* text : {"", "s", "7", "7 D", "7W", "-1D", "7DD", "99999999999999Y"})
        EXPECT_FALSE(interval_ms(text)) << text;
}

TEST(StreamArguments, BecomeATopicsSettings) {
    const auto settings = stream_settings({{"x-max-age", Value{"1D"}},
                                           {"x-max-length-bytes", Value{1'000'000}},
                                           {"x-stream-max-segment-size-bytes", Value{500'000}}});
    const auto& overrides = std::get<metadata::Overrides>(settings);
    EXPECT_EQ(overrides.at("retention.ms"), "86400000");
    EXPECT_EQ(overrides.at("retention.bytes"), "1000000");
    EXPECT_EQ(overrides.at("segment.bytes"), "500000");
    EXPECT_TRUE(metadata::check_topic_overrides(overrides));
}

TEST(StreamArguments, WithoutAnyNothingIsDropped) {
    const auto settings = stream_settings({});
    const auto& overrides = std::get<metadata::Overrides>(settings);
    EXPECT_EQ(overrides.at("retention.ms"), "-1");
    EXPECT_FALSE(overrides.contains("retention.bytes"));
    EXPECT_TRUE(metadata::check_topic_overrides(overrides));
}

TEST(StreamArguments, ThoseOfQueuesAreRefused) {
    const auto refused = stream_settings({{"x-message-ttl", Value{1}}});
    EXPECT_EQ(std::get<std::string>(refused),
              "invalid arg 'x-message-ttl' for {} of queue type rabbit_stream_queue");
    EXPECT_TRUE(std::holds_alternative<std::string>(stream_settings({{"x-max-age", Value{7}}})));
    EXPECT_TRUE(std::holds_alternative<std::string>(stream_settings({{"x-max-length-bytes", Value{0}}})));
}

TEST(StreamArguments, OnlyWhatIsGivenIsCompared) {
    metadata::TopicSettings settings;
    settings.retention_ms = 86'400'000;
    EXPECT_FALSE(stream_difference({}, settings));
    EXPECT_FALSE(stream_difference({{"x-max-age", Value{"24h"}}}, settings));
    const auto difference = stream_difference({{"x-max-age", Value{"2D"}}}, settings);
    ASSERT_TRUE(difference);
    EXPECT_EQ(difference->argument, "x-max-age");
    EXPECT_EQ(difference->current, "86400000");
}

template <class T>
std::optional<broker::Start> start(const T& value) {
    TableWriter table;
    table.add("x-stream-offset", value);
    return stream_start(table.table(), 1'000'000);
}

TEST(StreamArguments, ConsumersBeginWhereTheySay) {
    EXPECT_TRUE(std::holds_alternative<broker::NextRecord>(*stream_start({}, 0)));
    EXPECT_TRUE(std::holds_alternative<broker::FirstRecord>(*start("first")));
    EXPECT_TRUE(std::holds_alternative<broker::LastBatch>(*start("last")));
    EXPECT_EQ(std::get<Offset>(*start(std::int64_t{5})), Offset{5});
    EXPECT_EQ(std::get<broker::AtTime>(*start("10s")).timestamp_ms, 990'000);
    TableWriter table;
    table.add_timestamp("x-stream-offset", 77);
    EXPECT_EQ(std::get<broker::AtTime>(*stream_start(table.table(), 0)).timestamp_ms, 77'000);
    EXPECT_FALSE(start("soon"));
    EXPECT_FALSE(start(std::int64_t{-1}));
    EXPECT_FALSE(start(true));
}

}  // namespace
}  // namespace weir::amqp
