// Consuming: order, credit, turns, coming back, limits of tries, keys, single and exclusive consumers.
#include <gtest/gtest.h>

#include <map>

#include "support/queue_driver.hpp"

namespace weir::queue {
namespace {

using test::channel;
using test::orders;
using test::QueueDriver;

constexpr HolderId other_channel{2};

Consumer consumer(std::uint64_t id, HolderId holder = channel) {
    return {.id = ConsumerId{id}, .holder = holder};
}

std::vector<std::uint64_t> numbers(const std::vector<Delivery>& deliveries) {
    std::vector<std::uint64_t> all;
    for (const auto& delivery : deliveries) all.push_back(delivery.message.sequence.number());
    return all;
}
using Numbers = std::vector<std::uint64_t>;

class Consuming : public ::testing::Test {
  protected:
    void declare(const QueueConfig& config = {}) { ASSERT_EQ(queues.declare(orders, config), Answer::done); }
    QueueDriver queues;
};

TEST_F(Consuming, MessagesComeInOrderWithTheirPositions) {
    declare();
    queues.fill(orders, 3);
    queues.consume(orders, consumer(1));
    const auto got = queues.take_deliveries();
    EXPECT_EQ(numbers(got), (Numbers{0, 1, 2}));
    EXPECT_EQ(got[0].position, Offset{1});
    EXPECT_EQ(got[0].content, Offset{1});
    EXPECT_EQ(got[0].bytes, 10u);
    EXPECT_FALSE(got[0].redelivered);
    EXPECT_EQ(queues.status(orders).held, 3u);
    EXPECT_EQ(queues.status(orders).ready, 0u);
    for (const auto& one : got) EXPECT_EQ(queues.accept(one), 1u);
    EXPECT_EQ(queues.status(orders).held, 0u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST_F(Consuming, NothingIsDeliveredBeforeItIsCommitted) {
    declare();
    queues.consume(orders, consumer(1));
    queues.commits = false;
    queues.fill(orders, 2);
    EXPECT_TRUE(queues.deliveries.empty());
    queues.commit();
    EXPECT_EQ(numbers(queues.take_deliveries()), (Numbers{0, 1}));
}

TEST_F(Consuming, AConsumersWindowLimitsWhatItHolds) {
    declare();
    auto one = consumer(1);
    one.window = 2;
    queues.consume(orders, one);
    queues.fill(orders, 4);
    const auto got = queues.take_deliveries();
    EXPECT_EQ(numbers(got), (Numbers{0, 1}));
    queues.accept(got[1]);
    EXPECT_EQ(numbers(queues.take_deliveries()), (Numbers{2}));
}

TEST_F(Consuming, AHoldersWindowIsSharedByItsConsumersOnAllQueues) {
    constexpr QueueId second{8};
    declare();
    queues.declare(second);
    queues.machine().set_window(channel, 3);
    queues.consume(orders, consumer(1));
    queues.consume(second, consumer(2));
    queues.fill(orders, 2);
    queues.fill(second, 2);
    const auto got = queues.take_deliveries();
    ASSERT_EQ(got.size(), 3u);
    queues.accept(got[0]);  // of the first queue: lets the second go on
    const auto more = queues.take_deliveries();
    ASSERT_EQ(more.size(), 1u);
    EXPECT_EQ(more[0].message.queue, second);
}

TEST_F(Consuming, QueuesThatShareAWindowTakeTurns) {
    const std::vector<QueueId> three{QueueId{7}, QueueId{8}, QueueId{9}};
    for (const auto id : three) {
        queues.declare(id);
        queues.fill(id, 5);
    }
    queues.machine().set_window(channel, 1);
    for (std::size_t n = 0; n < three.size(); ++n) queues.consume(three[n], consumer(n + 1));
    std::map<QueueId, int> counts;
    for (int i = 0; i < 6; ++i) {
        const auto got = queues.take_deliveries();
        ASSERT_EQ(got.size(), 1u);
        ++counts[got[0].message.queue];
        queues.accept(got[0]);
    }
    for (const auto id : three) EXPECT_EQ(counts[id], 2);
}

TEST_F(Consuming, AFullSharedWindowHoldsAlsoThoseWhoSettleAtOnce) {
    constexpr QueueId second{8};
    declare();
    queues.declare(second);
    queues.machine().set_window(channel, 1);
    queues.consume(orders, consumer(1));
    queues.fill(orders, 1);
    const auto got = queues.take_deliveries();
    ASSERT_EQ(got.size(), 1u);
    auto other = consumer(2);
    other.settles_at_send = true;
    queues.consume(second, other);
    queues.fill(second, 2);
    EXPECT_TRUE(queues.deliveries.empty());
    queues.accept(got[0]);
    EXPECT_EQ(queues.take_deliveries().size(), 2u);
}

TEST_F(Consuming, CreditIsUsedUp) {
    declare();
    auto one = consumer(1);
    one.credit = 1;
    queues.consume(orders, one);
    queues.fill(orders, 3);
    EXPECT_EQ(numbers(queues.take_deliveries()), (Numbers{0}));
    queues.step([&](auto&) { return queues.machine().grant(ConsumerId{1}, 2); });
    EXPECT_EQ(numbers(queues.take_deliveries()), (Numbers{1, 2}));
}

TEST_F(Consuming, ConsumersTakeTurns) {
    declare();
    queues.consume(orders, consumer(1));
    queues.consume(orders, consumer(2, other_channel));
    queues.fill(orders, 4);
    std::vector<std::uint64_t> takers;
    for (const auto& one : queues.deliveries) takers.push_back(one.consumer.value);
    EXPECT_EQ(takers, (Numbers{1, 2, 1, 2}));
}

TEST_F(Consuming, OneThatLeavesDoesNotTakeAnothersTurn) {
    declare();
    for (std::uint64_t id = 1; id <= 3; ++id) queues.consume(orders, consumer(id));
    queues.fill(orders, 3);
    queues.take_deliveries();
    queues.step([&](auto& e) { return queues.machine().cancel(ConsumerId{2}, queues.now_ms, e); });
    queues.fill(orders, 3);
    std::vector<std::uint64_t> takers;
    for (const auto& one : queues.deliveries) takers.push_back(one.consumer.value);
    EXPECT_EQ(takers, (Numbers{1, 3, 1}));
}

TEST_F(Consuming, ThoseOfAHigherPriorityComeFirst) {
    declare();
    auto high = consumer(2);
    high.priority = 5;
    high.window = 2;
    queues.consume(orders, consumer(1));
    queues.consume(orders, high);
    queues.fill(orders, 3);
    std::vector<std::uint64_t> takers;
    for (const auto& one : queues.deliveries) takers.push_back(one.consumer.value);
    EXPECT_EQ(takers, (Numbers{2, 2, 1}));
}

TEST_F(Consuming, WhatComesBackGoesToItsPlace) {
    declare();
    queues.fill(orders, 3);
    std::vector<Delivery> got;
    for (int i = 0; i < 2; ++i) got.push_back(*queues.get(orders, channel).delivery);
    queues.release(got[1]);
    queues.release(got[0]);
    for (std::uint64_t i = 0; i < 3; ++i) {
        const auto again = queues.get(orders, channel);
        EXPECT_EQ(again.delivery->message.sequence.number(), i);
        EXPECT_EQ(again.delivery->redelivered, i < 2);
        EXPECT_EQ(again.ready_left, 2 - i);
    }
    EXPECT_FALSE(queues.get(orders, channel).delivery);
}

TEST_F(Consuming, AMessageIsSettledOnceAndByItsHolder) {
    declare();
    queues.fill(orders, 1);
    const auto got = *queues.get(orders, channel).delivery;
    EXPECT_EQ(queues.settle({.holder = other_channel, .messages = {got.message}}), 0u);
    EXPECT_EQ(queues.accept(got), 1u);
    EXPECT_EQ(queues.accept(got), 0u);
    EXPECT_EQ(queues.release(got), 0u);
}

TEST_F(Consuming, WhatIsSettledAtSendIsGone) {
    declare();
    queues.fill(orders, 2);
    auto one = consumer(1);
    one.settles_at_send = true;
    one.window = 1;  // does not count
    queues.consume(orders, one);
    EXPECT_EQ(queues.take_deliveries().size(), 2u);
    EXPECT_EQ(queues.status(orders).held, 0u);
    queues.restart();
    EXPECT_EQ(queues.status(orders).ready, 0u);
}

TEST_F(Consuming, AHoldersEndReleasesAllAndCancelsItsConsumers) {
    declare();
    queues.fill(orders, 3);
    queues.consume(orders, consumer(1));
    EXPECT_EQ(queues.take_deliveries().size(), 3u);
    queues.step([&](auto& effects) { return queues.machine().close(channel, queues.now_ms, effects), 0; });
    EXPECT_EQ(queues.status(orders).ready, 3u);
    EXPECT_EQ(queues.status(orders).consumers, 0u);
    queues.consume(orders, consumer(2, other_channel));
    EXPECT_EQ(numbers(queues.deliveries), (Numbers{0, 1, 2}));
    EXPECT_TRUE(queues.deliveries[0].redelivered);
}

TEST_F(Consuming, ACancelledConsumersMessagesStayWithTheHolder) {
    declare();
    queues.fill(orders, 1);
    queues.consume(orders, consumer(1));
    const auto got = queues.take_deliveries();
    queues.step(
        [&](auto& effects) { return queues.machine().cancel(ConsumerId{1}, queues.now_ms, effects); });
    EXPECT_EQ(queues.status(orders).held, 1u);
    EXPECT_EQ(queues.accept(got[0]), 1u);
}

TEST_F(Consuming, AfterARestartAllIsReadyAgainAndMarkedIfTheLogKnew) {
    declare();
    queues.fill(orders, 3);
    queues.get(orders, channel);
    const auto second = *queues.get(orders, channel).delivery;
    queues.step([&](auto& effects) { return queues.machine().note_delivered(effects), 0; });
    queues.accept(second);
    queues.checkpoint();
    queues.restart();
    const auto first = queues.get(orders, channel), third = queues.get(orders, channel);
    EXPECT_EQ(first.delivery->message.sequence.number(), 0u);
    EXPECT_TRUE(first.delivery->redelivered);
    EXPECT_EQ(third.delivery->message.sequence.number(), 2u);
    EXPECT_FALSE(third.delivery->redelivered);
}

TEST_F(Consuming, TriesAreCountedAndLimited) {
    declare({.delivery_limit = 2});
    queues.fill(orders, 1);
    for (std::uint32_t tries = 0; tries <= 2; ++tries) {
        const auto got = queues.get(orders, channel).delivery;
        ASSERT_TRUE(got);
        EXPECT_EQ(got->delivery_count, tries);
        queues.checkpoint();
        queues.release(*got);
    }
    EXPECT_FALSE(queues.get(orders, channel).delivery);
    queues.restart();
    EXPECT_EQ(queues.status(orders).ready, 0u);
}

TEST_F(Consuming, ARetryWaitsLongerEachTime) {
    declare({.retry_delay_ms = 100, .max_retry_delay_ms = 250});
    queues.fill(orders, 2);
    for (const std::int64_t delay_ms : {100, 200, 250, 250}) {
        const auto got = queues.get(orders, channel).delivery;
        ASSERT_EQ(got->message.sequence.number(), 0u);
        queues.release(*got);
        EXPECT_EQ(queues.status(orders).deferred, 1u);
        queues.advance(delay_ms - 1);
        EXPECT_EQ(queues.status(orders).ready, 1u);
        queues.advance(1);
        EXPECT_EQ(queues.status(orders).ready, 2u);
    }
}

TEST_F(Consuming, ADeferredMessageStillWaitsAfterARestart) {
    declare();
    queues.fill(orders, 2);
    queues.release(*queues.get(orders, channel).delivery, 1'000);
    queues.restart();
    EXPECT_EQ(queues.get(orders, channel).delivery->message.sequence.number(), 1u);
    EXPECT_FALSE(queues.get(orders, channel).delivery);
    queues.advance(1'000);
    const auto again = queues.get(orders, channel).delivery;
    EXPECT_EQ(again->message.sequence.number(), 0u);
    EXPECT_TRUE(again->redelivered);
}

TEST_F(Consuming, OnlyOneConsumerIsActive) {
    declare({.single_active_consumer = true});
    queues.consume(orders, consumer(1));
    queues.consume(orders, consumer(2, other_channel));
    queues.fill(orders, 2);
    for (const auto& one : queues.take_deliveries()) EXPECT_EQ(one.consumer, ConsumerId{1});
    auto alone = consumer(3);
    alone.exclusive = true;
    EXPECT_EQ(queues.consume(orders, alone), Answer::exclusive);
    queues.step([&](auto& effects) { return queues.machine().close(channel, queues.now_ms, effects), 0; });
    for (const auto& one : queues.take_deliveries()) EXPECT_EQ(one.consumer, ConsumerId{2});
    ASSERT_EQ(queues.notices.size(), 2u);
    EXPECT_EQ(queues.notices[1].kind, Notice::Kind::activated);
    EXPECT_EQ(queues.notices[1].consumer, ConsumerId{2});
}

TEST_F(Consuming, AnExclusiveConsumerIsAlone) {
    declare();
    auto alone = consumer(1);
    alone.exclusive = true;
    EXPECT_EQ(queues.consume(orders, alone), Answer::done);
    EXPECT_EQ(queues.consume(orders, consumer(2)), Answer::exclusive);
    EXPECT_EQ(queues.consume(orders, consumer(1)), Answer::already_exists);
    EXPECT_EQ(queues.get(orders, other_channel).answer, Answer::done) << "who asks is no consumer";
    queues.step(
        [&](auto& effects) { return queues.machine().cancel(ConsumerId{1}, queues.now_ms, effects); });
    EXPECT_EQ(queues.consume(orders, consumer(2)), Answer::done);
    alone.id = ConsumerId{3};
    EXPECT_EQ(queues.consume(orders, alone), Answer::exclusive);
}

TEST_F(Consuming, MessagesOfOneKeyAreHandedOutOneAtATime) {
    declare({.key_ordered = true});
    for (const char* key : {"a", "a", "b", "", "a"}) {
        queues.publish({.targets = {orders}, .content_bytes = 1, .group_key = key});
    }
    queues.consume(orders, consumer(1));
    queues.consume(orders, consumer(2, other_channel));
    auto got = queues.take_deliveries();
    EXPECT_EQ(numbers(got), (Numbers{0, 2, 3}));
    queues.release(got[0]);  // keeps its key
    got = queues.take_deliveries();
    EXPECT_EQ(numbers(got), (Numbers{0}));
    EXPECT_TRUE(got[0].redelivered);
    queues.accept(got[0]);
    got = queues.take_deliveries();
    EXPECT_EQ(numbers(got), (Numbers{1}));
    EXPECT_FALSE(got[0].redelivered);
    queues.accept(got[0]);
    EXPECT_EQ(numbers(queues.take_deliveries()), (Numbers{4}));
}

TEST_F(Consuming, ADeferredMessageHoldsItsKey) {
    declare({.key_ordered = true});
    for (int i = 0; i < 2; ++i) queues.publish({.targets = {orders}, .group_key = "a"});
    queues.release(*queues.get(orders, channel).delivery, 500);
    EXPECT_FALSE(queues.get(orders, channel).delivery);
    queues.restart();
    EXPECT_FALSE(queues.get(orders, channel).delivery);
    queues.advance(500);
    const auto first = *queues.get(orders, channel).delivery;
    EXPECT_EQ(first.message.sequence.number(), 0u);
    queues.accept(first);
    EXPECT_EQ(queues.get(orders, channel).delivery->message.sequence.number(), 1u);
}

}  // namespace
}  // namespace weir::queue
