// Subscriptions: a topic's records as a queue's messages, by reference.
#include <gtest/gtest.h>

#include "broker/queue/record_source.hpp"
#include "support/queue_driver.hpp"

namespace weir::queue {
namespace {

constexpr QueueId subscription{7};
constexpr HolderId reader{1};
const Uuid topic = Uuid::from_random(1, 2);

QueueConfig config_of(bool by_key = false) {
    return {.counts_deliveries = true, .key_ordered = by_key, .source_topic = topic};
}

Consumer subscriber(std::uint64_t id, std::uint64_t window = 0) {
    return {.id = ConsumerId{id}, .holder = reader, .window = window};
}

class Subscribed : public ::testing::Test {
  protected:
    Subscribed() { driver_.declare(subscription, config_of()); }

    Answer feed(std::int32_t partition, std::int64_t first, std::int64_t count, std::uint64_t group = 0) {
        FeedRecord record{subscription, PartitionId{partition}, Offset{first + count}, {}};
        for (auto offset = first; offset < first + count; ++offset)
            record.messages.push_back({Offset{offset}, 100, group});
        return driver_.step([&](Effects& effects) { return driver_.machine().feed(record, effects); });
    }
    std::vector<RecordPosition> positions(const std::vector<Delivery>& deliveries) {
        std::vector<RecordPosition> out;
        for (const auto& one : deliveries) out.push_back(RecordPosition::unpacked(one.content));
        return out;
    }
    std::map<PartitionId, Offset> open() {
        return driver_.machine().find(subscription)->open_positions(1000);
    }

    test::QueueDriver driver_;
};

TEST_F(Subscribed, RecordsAreDeliveredInTheOrderInWhichTheyWereFed) {
    driver_.consume(subscription, subscriber(1));
    EXPECT_EQ(feed(2, 40, 2), Answer::done);
    EXPECT_EQ(feed(0, 7, 1), Answer::done);
    const auto got = driver_.take_deliveries();
    EXPECT_EQ(positions(got),
              (std::vector<RecordPosition>{
                  {PartitionId{2}, Offset{40}}, {PartitionId{2}, Offset{41}}, {PartitionId{0}, Offset{7}}}));
    EXPECT_EQ(got[0].source_topic, topic);
    EXPECT_EQ(got[0].bytes, 100u);
}

TEST_F(Subscribed, WhatWasFedIsNotFedAgain) {
    feed(0, 0, 10);
    feed(0, 5, 10);
    EXPECT_EQ(driver_.status(subscription).ready, 15u);
    EXPECT_EQ(driver_.machine().find(subscription)->fed_to(PartitionId{0}), Offset{15});
    EXPECT_FALSE(driver_.machine().find(subscription)->fed_to(PartitionId{1}));
}

TEST_F(Subscribed, OpenPositionsAreThoseOfTheOldestRecordsThatAreNotSettled) {
    EXPECT_TRUE(open().empty());
    driver_.consume(subscription, subscriber(1));
    feed(0, 10, 3);
    feed(1, 20, 2);
    using Open = std::map<PartitionId, Offset>;
    EXPECT_EQ(open(), (Open{{PartitionId{0}, Offset{10}}, {PartitionId{1}, Offset{20}}}));
    const auto got = driver_.take_deliveries();
    driver_.accept(got[1]);
    EXPECT_EQ(open()[PartitionId{0}], Offset{10});
    driver_.accept(got[0]);
    EXPECT_EQ(open(), (Open{{PartitionId{0}, Offset{12}}, {PartitionId{1}, Offset{20}}}));
    driver_.accept(got[3]), driver_.accept(got[4]);
    EXPECT_EQ(open(), (Open{{PartitionId{0}, Offset{12}}, {PartitionId{1}, Offset{22}}}));
    EXPECT_EQ(driver_.machine().find(subscription)->open_positions(1),
              (Open{{PartitionId{0}, Offset{12}}, {PartitionId{1}, Offset{22}}}));
}

// A look that stops before it has found a partition says nothing of it.
TEST_F(Subscribed, OpenPositionsLeaveOutWhatWasNotLookedFor) {
    feed(0, 0, 100);
    feed(1, 0, 1);
    EXPECT_EQ(driver_.machine().find(subscription)->open_positions(50),
              (std::map<PartitionId, Offset>{{PartitionId{0}, Offset{0}}}));
}

TEST_F(Subscribed, SurvivesRestartsWithAndWithoutASnapshot) {
    driver_.consume(subscription, subscriber(1));
    feed(0, 0, 200);
    const auto got = driver_.take_deliveries();
    for (int i = 0; i < 150; ++i) driver_.accept(got[static_cast<std::size_t>(i)]);
    driver_.release(got[160]);
    for (const bool has_snapshot : {false, true}) {
        if (has_snapshot) driver_.checkpoint();
        driver_.restart();
        EXPECT_EQ(driver_.status(subscription).ready, 50u);
        EXPECT_EQ(open()[PartitionId{0}], Offset{150});
        EXPECT_EQ(driver_.machine().find(subscription)->fed_to(PartitionId{0}), Offset{200});
        const auto again = driver_.get(subscription, HolderId{9});
        ASSERT_TRUE(again.delivery);
        EXPECT_EQ(RecordPosition::unpacked(again.delivery->content).offset, Offset{150});
    }
}

// What lies in topics holds nothing of the queue log.
TEST_F(Subscribed, UsesNoneOfTheQueueLog) {
    feed(0, 0, 100);
    EXPECT_EQ(driver_.machine().log_use(), LogUse{});
    driver_.checkpoint();
    driver_.restart();
    EXPECT_EQ(driver_.machine().log_use(), LogUse{});
    driver_.step(
        [&](Effects& effects) { return driver_.machine().remove(subscription, false, false, effects); });
    EXPECT_EQ(driver_.machine().log_use(), LogUse{});
}

TEST_F(Subscribed, NothingIsPublishedIntoIt) {
    const auto reply = driver_.publish({.targets = {subscription}, .content_bytes = 10});
    EXPECT_EQ(reply.refused, std::vector<QueueId>{subscription});
    EXPECT_FALSE(reply.is_written);
    EXPECT_EQ(driver_.status(subscription).ready, 0u);
}

TEST_F(Subscribed, OnlySubscriptionsAreFed) {
    driver_.declare(QueueId{8});
    const FeedRecord record{QueueId{8}, PartitionId{0}, Offset{1}, {{Offset{0}}}};
    EXPECT_EQ(driver_.step([&](Effects& effects) { return driver_.machine().feed(record, effects); }),
              Answer::invalid);
    EXPECT_EQ(feed(RecordPosition::partition_limit, 0, 1), Answer::invalid);
    EXPECT_EQ(driver_.declare(QueueId{9}, {.max_priority = 1, .source_topic = topic}), Answer::invalid);
    EXPECT_EQ(driver_.declare(QueueId{9}, {.retention_ms = 1, .source_topic = topic}), Answer::invalid);
}

TEST_F(Subscribed, ARecordThatIsGoneMakesRoomForAnother) {
    auto one = subscriber(1, 1);
    one.credit = 1;
    driver_.consume(subscription, one);
    feed(0, 0, 3);
    auto got = driver_.take_deliveries();
    ASSERT_EQ(got.size(), 1u);
    driver_.step([&](Effects& effects) {
        driver_.machine().pass_over(got[0], true, driver_.now_ms, effects);
        return 0;
    });
    got = driver_.take_deliveries();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(RecordPosition::unpacked(got[0].content).offset, Offset{1});
    EXPECT_EQ(open()[PartitionId{0}], Offset{1});
}

TEST_F(Subscribed, ARecordThatCannotBeReadNowComesAgainLater) {
    driver_.consume(subscription, subscriber(1));
    feed(0, 0, 1);
    const auto got = driver_.take_deliveries();
    driver_.step([&](Effects& effects) {
        driver_.machine().pass_over(got.at(0), false, driver_.now_ms, effects);
        return 0;
    });
    EXPECT_TRUE(driver_.take_deliveries().empty());
    driver_.advance(5'000);
    const auto again = driver_.take_deliveries();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].delivery_count, 0u);  // it was nobody's try
}

TEST_F(Subscribed, KeysKeepTheirOrder) {
    driver_.declare(QueueId{9}, config_of(true));
    FeedRecord record{QueueId{9}, PartitionId{0}, Offset{3}, {}};
    const auto a = group_of("a"), b = group_of("b");
    record.messages = {{Offset{0}, 1, a}, {Offset{1}, 1, a}, {Offset{2}, 1, b}};
    driver_.consume(QueueId{9}, subscriber(1));
    driver_.step([&](Effects& effects) { return driver_.machine().feed(record, effects); });
    const auto got = driver_.take_deliveries();
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(RecordPosition::unpacked(got[1].content).offset, Offset{2});
    driver_.accept(got[0]);
    EXPECT_EQ(RecordPosition::unpacked(driver_.take_deliveries().at(0).content).offset, Offset{1});
}

TEST_F(Subscribed, AnEntryTakesLittleOfTheQueueLog) {
    const auto before = driver_.log_bytes();
    feed(3, std::int64_t{1} << 40, 1000);
    EXPECT_LE(driver_.log_bytes() - before, 3'100u);
}

TEST(RecordPosition, IsOneNumber) {
    const RecordPosition last{PartitionId{RecordPosition::partition_limit - 1},
                              Offset{RecordPosition::offset_limit - 1}};
    EXPECT_EQ(RecordPosition::unpacked(last.packed()), last);
    EXPECT_GT(last.packed().value, 0);
    EXPECT_EQ(RecordPosition::unpacked(RecordPosition{PartitionId{3}, Offset{5}}.packed()),
              (RecordPosition{PartitionId{3}, Offset{5}}));
}

}  // namespace
}  // namespace weir::queue
