// The headers that tell of a dead letter's deaths and of how often a message came back.
#include "protocols/amqp/delivered_properties.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

using topology::List;

class DeliveredPropertiesTest : public ::testing::Test {
  protected:
    DeliveredPropertiesTest() {
        headers_.add("mine", "kept").add("x-death", "made up").add("x-first-death-queue", "made up");
        ArrayWriter keys;
        keys.add("more");
        headers_.add("CC", keys.array());
    }
    queue::StoredMessage message() {
        Properties properties;
        properties.headers = headers_.table();
        properties.expiration = "500";
        properties.message_id = "m";
        bytes_ = encode_properties(properties);
        return {.properties = bytes_};
    }
    queue::StoredMessage dead(queue::ReferRecord record) {
        auto out = message();
        out.referral = std::make_shared<const queue::ReferRecord>(std::move(record));
        return out;
    }
    struct Read {
        topology::Table headers;
        bool has_expiration;
        std::string message_id;
    };
    static Read read(const Bytes& bytes) {
        const auto properties = decode_properties(bytes).value();
        return {neutral(*properties.headers), properties.expiration.has_value(),
                std::string{properties.message_id.value_or("")}};
    }
    TableWriter headers_;
    Bytes bytes_;
};

TEST_F(DeliveredPropertiesTest, AreMostlyAsTheyCame) {
    EXPECT_EQ(delivered_properties(message(), 0), std::nullopt);
}

TEST_F(DeliveredPropertiesTest, TellHowOftenAMessageCameBack) {
    const auto got = read(delivered_properties(message(), 3).value());
    EXPECT_EQ(got.headers.at("x-delivery-count"), topology::Value{3});
    EXPECT_EQ(got.headers.at("x-death"), topology::Value{"made up"}) << "it never died";
    EXPECT_TRUE(got.has_expiration);
    EXPECT_TRUE(got.headers.contains("CC"));
}

TEST_F(DeliveredPropertiesTest, TellADeadLettersHistory) {
    const queue::Death newest{.queue = "work",
                              .reason = queue::Reason::delivery_limit,
                              .count = 2,
                              .first_time_ms = 9'000,
                              .exchange = "ex",
                              .keys = {"k", "more"}};
    const queue::Death oldest{.queue = "wait",
                              .reason = queue::Reason::expired,
                              .first_time_ms = 5'999,
                              .exchange = "first",
                              .keys = {"k"},
                              .original_ttl_ms = 500};
    const auto got = read(delivered_properties(dead({.history = {newest, oldest}, .key = "new"}), 0).value());
    const auto& deaths = std::get<List>(got.headers.at("x-death"));
    ASSERT_EQ(deaths.size(), 2u);
    const topology::Table first{{"count", 2},       {"reason", "delivery_limit"},
                                {"queue", "work"},  {"time", topology::Timestamp{9}},
                                {"exchange", "ex"}, {"routing-keys", List{"k", "more"}}};
    EXPECT_EQ(*deaths[0].table(), first);
    EXPECT_EQ(deaths[1].table()->at("original-expiration"), topology::Value{"500"});
    EXPECT_EQ(deaths[1].table()->at("time"), topology::Value{topology::Timestamp{5}});
    const auto text = [&](const char* name) { return *got.headers.at(name).text(); };
    EXPECT_EQ(text("x-first-death-queue"), "wait");
    EXPECT_EQ(text("x-first-death-reason"), "expired");
    EXPECT_EQ(text("x-first-death-exchange"), "first");
    EXPECT_EQ(text("x-last-death-queue"), "work");
    EXPECT_EQ(text("x-last-death-reason"), "delivery_limit");
    EXPECT_EQ(text("x-last-death-exchange"), "ex");
    EXPECT_EQ(text("mine"), "kept");
    EXPECT_EQ(got.message_id, "m");
    EXPECT_FALSE(got.has_expiration);
    EXPECT_FALSE(got.headers.contains("CC")) << "its keys were replaced";
}

TEST_F(DeliveredPropertiesTest, TheFirstDeathIsTheEarliestWhateverItsPlace) {
    const queue::History history{{.queue = "again", .count = 2, .first_time_ms = 1},
                                 {.queue = "b", .first_time_ms = 2}};
    const auto got = read(delivered_properties(dead({.history = history}), 0).value());
    EXPECT_EQ(*got.headers.at("x-first-death-queue").text(), "again");
    EXPECT_TRUE(got.headers.contains("CC"));
}

TEST(MessageFacts, ADelayIsANumberOrATextThatIsOne) {
    const auto delay = [](const auto& value) {
        TableWriter headers;
        headers.add("x-delay", value);
        Properties properties;
        properties.headers = headers.table();
        return delay_ms(properties);
    };
    EXPECT_EQ(delay(std::int32_t{5000}), 5000);
    EXPECT_EQ(delay(std::int64_t{1} << 40), std::int64_t{1} << 40);
    EXPECT_EQ(delay(std::int16_t{-5}), 0);
    EXPECT_EQ(delay("250"), 250);
    EXPECT_EQ(delay("soon"), 0);
    EXPECT_EQ(delay(2.5), 0);
    EXPECT_EQ(delay_ms({}), 0);
}

TEST(MessageFacts, AMessageIsKnownByAHeaderOrByItsId) {
    Properties properties;
    EXPECT_EQ(deduplication_id(properties), "");
    properties.message_id = "m";
    EXPECT_EQ(deduplication_id(properties), "m");
    TableWriter text, number, other;
    text.add("x-deduplication-header", "h");
    properties.headers = text.table();
    EXPECT_EQ(deduplication_id(properties), "h");
    const auto of_number = [&](TableWriter& headers, std::int64_t value) {
        headers.add("x-deduplication-header", value);
        properties.headers = headers.table();
        return deduplication_id(properties);
    };
    EXPECT_NE(of_number(number, 1), of_number(other, 2));
}

TEST(MessageFacts, AreReadFromTheBytesInTheLog) {
    ArrayWriter keys;
    keys.add("a").add("b");
    TableWriter headers;
    headers.add("CC", keys.array()).add("kind", "x").add("x-key", "customer 7");
    Properties properties;
    properties.headers = headers.table();
    properties.priority = 7;
    properties.expiration = "250";
    properties.correlation_id = "c";
    auto bytes = encode_properties(properties);
    const auto facts = property_reader().read(bytes);
    EXPECT_EQ(facts.more_keys, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(facts.priority, 7);
    EXPECT_EQ(facts.ttl_ms, 250);
    EXPECT_EQ(facts.group_key, "customer 7");
    EXPECT_EQ(facts.headers->table().at("kind"), topology::Value{"x"});
    EXPECT_EQ(facts.headers->property("correlation_id"), "c");
    bytes.resize(bytes.size() / 2);
    EXPECT_EQ(property_reader().read(bytes).priority, 0) << "can't be read";
}

}  // namespace
}  // namespace weir::amqp
