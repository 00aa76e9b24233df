// Streams' arguments: what they mean to a topic, and where consumers begin.
#include "protocols/amqp/stream_arguments.hpp"

#include <gtest/gtest.h>

#include "broker/message/batch_builder.hpp"
#include "broker/message/record.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "support/cluster_catalogue.hpp"

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

std::variant<metadata::Overrides, std::string> settings_of(topology::Table arguments) {
    return stream_settings({.host = "/", .name = "s", .arguments = std::move(arguments)});
}

TEST(StreamArguments, BecomeATopicsSettings) {
    const auto settings = settings_of({{"x-max-age", Value{"1D"}},
                                       {"x-max-length-bytes", Value{1'000'000}},
                                       {"x-stream-max-segment-size-bytes", Value{500'000}}});
    const auto& overrides = std::get<metadata::Overrides>(settings);
    EXPECT_EQ(overrides.at("retention.ms"), "86400000");
    EXPECT_EQ(overrides.at("retention.bytes"), "1000000");
    EXPECT_EQ(overrides.at("segment.bytes"), "500000");
    EXPECT_TRUE(metadata::check_topic_overrides(overrides));
}

TEST(StreamArguments, WithoutAnyNothingIsDropped) {
    const auto settings = settings_of({});
    const auto& overrides = std::get<metadata::Overrides>(settings);
    EXPECT_EQ(overrides.at("retention.ms"), "-1");
    EXPECT_FALSE(overrides.contains("retention.bytes"));
    EXPECT_TRUE(metadata::check_topic_overrides(overrides));
}

metadata::CreateTopic topic_on(int nodes, topology::Table arguments) {
    test::ClusterCatalogue cluster;
    for (int id = 1; id <= nodes; ++id) {
        EXPECT_EQ(cluster.start(id), "good");
        EXPECT_EQ(cluster.unfence(id), "good");
    }
    auto topic = stream_topic({.host = "/", .name = "s", .arguments = std::move(arguments)}, {}, cluster.now);
    EXPECT_EQ(cluster.outcome(topic), "good");
    return topic;
}

TEST(StreamArguments, AStreamHasTheReplicasOfQueuesAsFarAsThereAreNodes) {
    EXPECT_EQ(topic_on(5, {}).replication_factor, 3);
    EXPECT_EQ(topic_on(5, {}).overrides.at("min.insync.replicas"), "2");
    EXPECT_EQ(topic_on(2, {}).replication_factor, 2);
    EXPECT_EQ(topic_on(1, {}).replication_factor, 1);
    EXPECT_TRUE(topic_on(1, {}).overrides.empty());
    EXPECT_EQ(topic_on(5, {{"x-initial-cluster-size", Value{5}}}).replication_factor, 5);
    EXPECT_EQ(topic_on(5, {{"x-initial-cluster-size", Value{5}}}).overrides.at("min.insync.replicas"), "3");
    EXPECT_EQ(topic_on(5, {{"x-initial-cluster-size", Value{1}}}).replication_factor, 1);
    EXPECT_EQ(topic_on(3, {{"x-initial-cluster-size", Value{99}}}).replication_factor, 3);
}

TEST(StreamArguments, ThoseOfQueuesAreRefused) {
    const auto refused = settings_of({{"x-message-ttl", Value{1}}});
    EXPECT_EQ(std::get<std::string>(refused),
              "invalid arg 'x-message-ttl' for queue 's' in vhost '/' of queue type rabbit_stream_queue");
    const std::pair<topology::Table, const char*> wrong[] = {
        {{{"x-max-age", Value{7}}}, "'x-max-age' for queue 's' in vhost '/': {unacceptable_type,signedint}"},
        {{{"x-max-age", Value{"7"}}}, "'x-max-age' for queue 's' in vhost '/': invalid_max_age"},
        {{{"x-max-length-bytes", Value{-1}}},
         "'x-max-length-bytes' for queue 's' in vhost '/': {value_negative,-1}"},
        {{{"x-initial-cluster-size", Value{0}}},
         "'x-initial-cluster-size' for queue 's' in vhost '/': {value_zero,0}"},
        {{{"x-max-length-bytes", Value{"1"}}},
         "'x-max-length-bytes' for queue 's' in vhost '/': \"expected integer, got longstr\""}};
    for (const auto& [arguments, text] : wrong)
        EXPECT_EQ(std::get<std::string>(settings_of(arguments)), std::string{"invalid arg "} + text);
}

TEST(StreamArguments, AreWhatATopicsSettingsSay) {
    metadata::TopicSettings settings;
    settings.retention_ms = settings.retention_bytes = -1;
    settings.segment_bytes = 500'000;
    const topology::Table plain{{"x-queue-type", Value{"stream"}}};
    EXPECT_EQ(stream_arguments(settings, {}), plain);
    const std::pair<std::int64_t, const char*> ages[] = {
        {0, "0s"}, {1, "1s"}, {1500, "2s"}, {60'000, "1m"}, {7'200'000, "2h"}, {7 * 86'400'000, "7D"}};
    for (const auto& [ms, text] : ages) {
        settings.retention_ms = ms;
        EXPECT_EQ(stream_arguments(settings, {}).at("x-max-age"), Value{text});
    }
    settings.retention_bytes = 1000;
    const auto all = stream_arguments(settings, {{"segment.bytes", "500000"}});
    EXPECT_EQ(all.at("x-max-length-bytes").integer(), 1000);
    EXPECT_EQ(all.at("x-stream-max-segment-size-bytes").integer(), 500'000);
}

TEST(StreamArguments, OfPropertiesAStreamIsDurableAndNothingElse) {
    topology::Queue queue{.host = "/", .name = "s"};
    EXPECT_FALSE(stream_mistake(queue));
    queue.is_durable = false;
    EXPECT_EQ(stream_mistake(queue), "invalid property 'non-durable' for queue 's' in vhost '/'");
    EXPECT_TRUE(stream_mistake({.host = "/", .name = "s", .is_auto_delete = true}));
    EXPECT_TRUE(stream_mistake({.host = "/", .name = "vhost.a.s"})) << "it is the virtual host a's";
    EXPECT_TRUE(stream_mistake({.host = "/", .name = ""}));
}

TEST(StreamArguments, OnlyWhatIsGivenIsCompared) {
    metadata::TopicSettings settings;
    settings.retention_ms = 86'400'000;
    EXPECT_FALSE(stream_difference({}, settings, {}));
    EXPECT_FALSE(stream_difference({{"x-max-age", Value{"24h"}}}, settings, {}));
    const auto difference = stream_difference({{"x-max-age", Value{"2D"}}}, settings, {});
    ASSERT_TRUE(difference);
    EXPECT_EQ(difference->attribute, "x-max-age");
    EXPECT_EQ(difference->current, Value{"1D"});
    settings.retention_bytes = -1;
    const auto unset = stream_difference({{"x-max-length-bytes", Value{5}}}, settings, {});
    ASSERT_TRUE(unset);
    EXPECT_FALSE(unset->current);
}

TEST(StreamArguments, TheSizeOfAFilterIsTakenAndNotUsed) {
    EXPECT_TRUE(std::holds_alternative<metadata::Overrides>(
        settings_of({{"x-stream-filter-size-bytes", Value{16}}})));
    for (const auto& value : {Value{15}, Value{256}, Value{"16"}})
        EXPECT_TRUE(
            std::holds_alternative<std::string>(settings_of({{"x-stream-filter-size-bytes", value}})));
}

TEST(StreamFilters, AreATextOrAListOfTexts) {
    EXPECT_FALSE(stream_filter({}));
    TableWriter one, many, odd;
    one.add("x-stream-filter", "eu");
    EXPECT_EQ(stream_filter(one.table()), (StreamFilter{{"eu"}}));
    ArrayWriter list;
    list.add("eu");
    list.add(std::int32_t{5});
    list.add("us");
    many.add("x-stream-filter", list.array());
    many.add("x-stream-match-unfiltered", true);
    EXPECT_EQ(stream_filter(many.table()), (StreamFilter{{"eu", "us"}, true}));
    odd.add("x-stream-filter", std::int32_t{5});
    EXPECT_FALSE(stream_filter(odd.table()));
}

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

message::Header filter_value(std::string_view text) {
    return {"x-stream-filter-value", bytes_of(text)};
}

// The records of a batch that a filter wants, by their values.
std::vector<std::string> wanted(const StreamFilter& filter) {
    const std::vector<std::pair<const char*, std::vector<message::Header>>> records{
        {"eu", {{"a", bytes_of("b")}, filter_value("eu")}},
        {"us", {filter_value("us")}},
        {"empty", {filter_value("")}},
        {"null", {{"x-stream-filter-value", std::nullopt}}},
        {"plain", {}}};
    message::BatchBuilder batch;
    for (const auto& [value, headers] : records)
        message::add(batch, {.timestamp_ms = 0, .key = {}, .value = bytes_of(value), .headers = headers});
    std::vector<std::string> out;
    const auto bytes = batch.finish();
    EXPECT_TRUE(message::for_each_record(bytes, [&](const message::RecordView& record) {
        if (filter.wants(record)) out.emplace_back(as_text(*record.value));
        return true;
    }));
    return out;
}

TEST(StreamFilters, WantRecordsWithOneOfTheirValues) {
    using Texts = std::vector<std::string>;
    EXPECT_EQ(wanted({{"eu"}}), Texts{"eu"});
    EXPECT_EQ(wanted({{"eu", "us"}}), (Texts{"eu", "us"}));
    EXPECT_EQ(wanted({{"e"}}), Texts{});
    EXPECT_EQ(wanted({{"us"}, true}), (Texts{"us", "empty", "null", "plain"}));
    EXPECT_EQ(wanted({{}, true}), (Texts{"empty", "null", "plain"}));
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
