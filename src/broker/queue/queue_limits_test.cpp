// What ends messages and queues: time, length, rejection, removal; and what comes later or twice.
#include <gtest/gtest.h>

#include "support/queue_driver.hpp"

namespace weir::queue {
namespace {

using test::channel;
using test::orders;
using test::QueueDriver;

constexpr QueueId dead{8};

class Limits : public ::testing::Test {
  protected:
    void declare(const QueueConfig& config) { ASSERT_EQ(queues.declare(orders, config), Answer::done); }
    std::uint64_t ready(QueueId id = orders) { return queues.status(id).ready; }
    std::optional<std::uint64_t> next_number() {
        const auto got = queues.get(orders, channel).delivery;
        return got ? std::optional(got->message.sequence.number()) : std::nullopt;
    }
    QueueDriver queues;
};

// ---- expiry

TEST_F(Limits, MessagesExpireAtTheHead) {
    declare({});
    queues.publish({.targets = {orders}, .ttl_ms = 500});
    queues.publish({.targets = {orders}});
    queues.publish({.targets = {orders}, .ttl_ms = 100});
    queues.advance(499);
    EXPECT_EQ(ready(), 3u);
    queues.advance(1);
    EXPECT_EQ(ready(), 2u);  // the last one has expired too, but lies behind one that has not
    EXPECT_EQ(next_number(), 1u);
    EXPECT_EQ(next_number(), std::nullopt);
    EXPECT_EQ(ready(), 0u);
}

TEST_F(Limits, WhatHasExpiredBehindTheHeadGoesWithIt) {
    declare({});
    queues.publish({.targets = {orders}});
    queues.publish({.targets = {orders}, .ttl_ms = 100});
    queues.publish({.targets = {orders}});
    queues.advance(200);
    EXPECT_EQ(queues.get(orders, channel).ready_left, 1u);
}

TEST_F(Limits, TheSmallerOfTheTwoTimesCounts) {
    declare({.message_ttl_ms = 200});
    queues.publish({.targets = {orders}, .ttl_ms = 500});
    queues.advance(200);
    EXPECT_EQ(ready(), 0u);
}

TEST_F(Limits, AHeldMessageExpiresOnceItIsBack) {
    declare({.message_ttl_ms = 100});
    queues.fill(orders, 1);
    const auto got = *queues.get(orders, channel).delivery;
    queues.advance(200);
    EXPECT_EQ(queues.status(orders).held, 1u);
    queues.release(got);
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(queues.status(orders).held, 0u);
}

TEST_F(Limits, WithNoTimeAtAllAMessageGoesToWhoeverWaits) {
    declare({.message_ttl_ms = 0});
    queues.fill(orders, 1);
    EXPECT_EQ(ready(), 0u);
    queues.consume(orders, {.id = ConsumerId{1}, .holder = channel, .window = 1});
    queues.fill(orders, 2);
    ASSERT_EQ(queues.deliveries.size(), 1u);
    EXPECT_EQ(queues.deliveries[0].message.sequence.number(), 1u);
    EXPECT_EQ(ready(), 0u);
    queues.release(queues.deliveries[0]);
    EXPECT_EQ(queues.deliveries.size(), 1u);  // coming back it has no time left
    EXPECT_EQ(queues.status(orders).held, 0u);
}

TEST_F(Limits, AnUnusedQueueExpires) {
    declare({.expires_ms = 1'000});
    queues.advance(900);
    queues.get(orders, channel);
    queues.advance(999);
    queues.consume(orders, {.id = ConsumerId{1}, .holder = channel});
    queues.advance(5'000);
    queues.step(
        [&](auto& effects) { return queues.machine().cancel(ConsumerId{1}, queues.now_ms, effects); });
    queues.advance(999);
    EXPECT_NE(queues.machine().find(orders), nullptr);
    queues.advance(1);
    EXPECT_EQ(queues.machine().find(orders), nullptr);
}

// ---- length

TEST_F(Limits, TheOldestMakesRoom) {
    declare({.max_length = 2});
    queues.fill(orders, 3);
    EXPECT_EQ(ready(), 2u);
    EXPECT_EQ(next_number(), 1u);
}

TEST_F(Limits, WhatIsHeldDoesNotCountUntilItIsBack) {
    declare({.max_length = 1});
    queues.fill(orders, 1);
    const auto got = *queues.get(orders, channel).delivery;
    queues.fill(orders, 1);
    EXPECT_EQ(ready(), 1u);
    queues.release(got);
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(next_number(), 1u);
}

TEST_F(Limits, WhatAConsumerTakesWasNeverOneTooMany) {
    declare({.max_length = 0});
    queues.fill(orders, 1);
    EXPECT_EQ(queues.consume(orders, {.id = ConsumerId{1}, .holder = channel, .window = 2}), Answer::done);
    queues.commits = false;
    queues.fill(orders, 3);
    queues.commits = true;
    queues.commit();
    EXPECT_EQ(queues.take_deliveries().size(), 2u);
    EXPECT_EQ(ready(), 0u);
}

TEST_F(Limits, AQueueWithConsumersWhoWaitIsNotFullBeforeTheCommit) {
    declare({.max_length = 1, .overflow = Overflow::reject});
    const Consumer consumer{.id = ConsumerId{1}, .holder = channel, .window = 2};
    EXPECT_EQ(queues.consume(orders, consumer), Answer::done);
    queues.commits = false;
    const auto is_refused = [&] { return !queues.publish({.targets = {orders}}).refused.empty(); };
    EXPECT_FALSE(is_refused());
    EXPECT_FALSE(is_refused());
    EXPECT_FALSE(is_refused()) << "two for the consumer, and one that waits";
    EXPECT_TRUE(is_refused());
}

TEST_F(Limits, BytesAreLimitedToo) {
    declare({.max_bytes = 25});
    queues.fill(orders, 3);
    EXPECT_EQ(ready(), 2u);
    EXPECT_EQ(queues.status(orders).ready_bytes, 20u);
}

TEST_F(Limits, AFullQueueRefuses) {
    declare({.max_length = 1, .overflow = Overflow::reject});
    queues.declare(dead);
    queues.fill(orders, 1);
    const auto reply = queues.publish({.targets = {dead, orders}, .content_bytes = 10});
    EXPECT_EQ(reply.refused, std::vector{orders});
    EXPECT_TRUE(reply.is_written);  // the other queue has it
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(ready(dead), 1u);
}

TEST_F(Limits, WhatAFullQueueRefusesCanBecomeADeadLetter) {
    declare({.max_length = 1, .overflow = Overflow::reject_and_dead_letter, .dead_letter_target = "dlx"});
    queues.declare(dead);
    queues.fill(orders, 1);
    const auto reply = queues.publish({.targets = {orders}, .content_bytes = 10});
    EXPECT_EQ(reply.refused, std::vector{orders});
    ASSERT_EQ(queues.dead_letters.size(), 1u);
    EXPECT_EQ(queues.dead_letters[0].reason, Reason::max_length);
    EXPECT_EQ(queues.refer({.source = queues.dead_letters[0].message, .targets = {dead}}), Answer::done);
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(ready(dead), 1u);
    EXPECT_EQ(next_number(), 0u);
    EXPECT_EQ(next_number(), std::nullopt);
}

// ---- dead letters

TEST_F(Limits, ARejectedMessageGoesWhereTheOwnerSays) {
    declare({.dead_letter_target = "dlx"});
    queues.declare(dead);
    queues.publish({.targets = {orders}, .content_bytes = 99});
    const auto got = *queues.get(orders, channel).delivery;
    queues.reject(got);
    ASSERT_EQ(queues.dead_letters.size(), 1u);
    const auto letter = queues.dead_letters[0];
    EXPECT_EQ(letter.content, got.content);
    EXPECT_EQ(ready(), 0u);
    History history;
    add_death(history, {.queue = "orders", .reason = letter.reason});
    EXPECT_EQ(queues.refer({.source = letter.message, .targets = {dead}, .history = history}), Answer::done);
    EXPECT_EQ(queues.refer({.source = letter.message, .targets = {dead}}), Answer::no_such_message);
    EXPECT_EQ(queues.status(orders).held, 0u);
    const auto there = *queues.get(dead, channel).delivery;
    EXPECT_EQ(there.content, got.content);
    EXPECT_NE(there.position, got.position);
    EXPECT_EQ(there.bytes, 99u);
    EXPECT_FALSE(there.redelivered);
    queues.accept(there);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST_F(Limits, ADeadLetterWithoutTargetsIsGone) {
    declare({.dead_letter_target = "dlx"});
    queues.fill(orders, 1);
    queues.reject(*queues.get(orders, channel).delivery);
    EXPECT_EQ(queues.refer({.source = queues.dead_letters.at(0).message}), Answer::done);
    EXPECT_EQ(queues.status(orders).held, 0u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST_F(Limits, ADeadLetterThatWasNotReferredIsThereAfterARestart) {
    declare({.message_ttl_ms = 100, .dead_letter_target = "dlx"});
    queues.fill(orders, 2);
    queues.advance(100);
    EXPECT_EQ(queues.dead_letters.size(), 2u);
    queues.restart();
    EXPECT_EQ(queues.dead_letters.size(), 2u);
    EXPECT_EQ(queues.dead_letters[0].reason, Reason::expired);
}

TEST_F(Limits, MessagesCanBeMoved) {
    declare({});
    queues.declare(dead);
    queues.fill(orders, 3);
    const auto moved = queues.step([&](auto& effects) { return queues.machine().move(orders, 2, effects); });
    EXPECT_EQ(moved.count, 2u);
    for (const auto& letter : std::exchange(queues.dead_letters, {})) {
        queues.refer({.source = letter.message, .targets = {dead}});
    }
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(ready(dead), 2u);
}

// ---- priorities

TEST_F(Limits, HigherPrioritiesComeFirst) {
    declare({.max_priority = 3});
    for (const int priority : {0, 3, 1, 200}) {
        queues.publish({.targets = {orders}, .priority = static_cast<std::uint8_t>(priority)});
    }
    queues.checkpoint();
    queues.restart();
    std::vector<int> lanes;
    while (const auto got = queues.get(orders, channel).delivery) {
        lanes.push_back(got->message.sequence.lane());
        queues.accept(*got);
    }
    EXPECT_EQ(lanes, (std::vector{3, 3, 1, 0}));
}

// ---- later, and twice

TEST_F(Limits, ADelayedMessageComesAtItsTime) {
    declare({.message_ttl_ms = 50});
    queues.declare(dead);
    queues.publish({.targets = {orders, dead}, .content_bytes = 5, .deliver_at_ms = queues.now_ms + 1'000});
    const Offset name{queues.end() - 1};
    EXPECT_EQ(queues.machine().delayed_count(), 1u);
    queues.checkpoint();
    queues.restart();
    queues.advance(999);
    EXPECT_EQ(ready(), 0u);
    queues.advance(1);
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(ready(dead), 1u);
    EXPECT_EQ(queues.get(dead, channel).delivery->content, name);
    queues.advance(50);  // its time in the queue begins when it comes
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(queues.step([&](auto& effects) { return queues.machine().cancel_delayed(name, effects); }),
              Answer::no_such_message);
}

TEST_F(Limits, ADelayedMessageCanBeCancelled) {
    declare({});
    queues.publish({.targets = {orders}, .deliver_at_ms = queues.now_ms + 1'000});
    const Offset name{queues.end() - 1};
    const auto cancel = [&] {
        return queues.step([&](auto& effects) { return queues.machine().cancel_delayed(name, effects); });
    };
    EXPECT_EQ(cancel(), Answer::done);
    EXPECT_EQ(cancel(), Answer::no_such_message);
    queues.advance(2'000);
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST_F(Limits, ADelayHasALimit) {
    declare({});
    EXPECT_EQ(queues.publish({.targets = {orders}, .deliver_at_ms = queues.now_ms + max_delay_ms + 1}).answer,
              Answer::invalid);
    EXPECT_EQ(queues.publish({.targets = {orders}, .deliver_at_ms = queues.now_ms + max_delay_ms}).answer,
              Answer::done);
}

TEST_F(Limits, AMessageIdComesInOnceWithinTheWindow) {
    declare({.dedup_window_ms = 1'000});
    const PublishRequest request{.targets = {orders}, .message_id = "m-1"};
    EXPECT_TRUE(queues.publish(request).is_written);
    EXPECT_EQ(queues.publish(request).had_it, std::vector{orders});
    queues.checkpoint();
    queues.restart();
    EXPECT_FALSE(queues.publish(request).is_written);
    EXPECT_EQ(ready(), 1u);
    queues.advance(1'000);
    EXPECT_TRUE(queues.publish(request).is_written);
}

// ---- kept messages

TEST_F(Limits, AcknowledgedMessagesAreKeptForATime) {
    declare({.retention_ms = 1'000});
    queues.fill(orders, 100);
    for (int i = 0; i < 100; ++i) queues.accept(*queues.get(orders, channel).delivery);
    EXPECT_EQ(ready(), 0u);
    const Queue* queue = queues.machine().find(orders);
    EXPECT_EQ(queue->entry(Sequence{0}).position, Offset{1});
    EXPECT_EQ(queue->kept_bytes, 1'000u);
    EXPECT_EQ(queues.machine().log_use().between(Offset{0}, Offset{1'000}).bytes, 1'000u);
    queues.checkpoint();
    queues.restart();
    EXPECT_EQ(queues.machine().find(orders)->kept_bytes, 1'000u);
    queues.advance(1'000);
    EXPECT_EQ(queues.machine().find(orders)->kept_bytes, 0u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST_F(Limits, OrForAsLongAsTheyAreNotTooMuch) {
    declare({.retention_bytes = 1'000});
    queues.fill(orders, 200);
    for (int i = 0; i < 200; ++i) queues.accept(*queues.get(orders, channel).delivery);
    const Queue* queue = queues.machine().find(orders);
    EXPECT_LE(queue->kept_bytes, 1'000u);
    EXPECT_GE(queue->kept_bytes, 1'000u - 64 * 10);  // whole blocks go
}

// ---- queues

TEST_F(Limits, PurgingLeavesWhatIsHeld) {
    declare({});
    queues.fill(orders, 5);
    const auto got = *queues.get(orders, channel).delivery;
    const auto purged = queues.step([&](auto& effects) { return queues.machine().purge(orders, effects); });
    EXPECT_EQ(purged.count, 4u);
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(queues.status(orders).held, 1u);
    queues.release(got);
    EXPECT_EQ(ready(), 1u);
}

TEST_F(Limits, ADeletedQueueIsGoneAndItsConsumersAreTold) {
    declare({});
    queues.fill(orders, 3);
    queues.consume(orders, {.id = ConsumerId{1}, .holder = channel, .window = 1});
    const auto remove = [&](bool if_unused, bool if_empty) {
        return queues.step(
            [&](auto& effects) { return queues.machine().remove(orders, if_unused, if_empty, effects); });
    };
    EXPECT_EQ(remove(true, false).answer, Answer::in_use);
    EXPECT_EQ(remove(false, true).answer, Answer::not_empty);
    EXPECT_EQ(remove(false, false).count, 2u);
    ASSERT_EQ(queues.notices.size(), 1u);
    EXPECT_EQ(queues.notices[0].kind, Notice::Kind::queue_gone);
    EXPECT_EQ(remove(false, false).answer, Answer::no_such_queue);
    EXPECT_EQ(queues.accept(queues.take_deliveries().at(0)), 0u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
    EXPECT_EQ(queues.consume(orders, {.id = ConsumerId{1}, .holder = channel}), Answer::no_such_queue);
}

TEST_F(Limits, AnAutoDeleteQueueGoesWithItsLastConsumer) {
    declare({.auto_delete = true});
    queues.consume(orders, {.id = ConsumerId{1}, .holder = channel});
    queues.consume(orders, {.id = ConsumerId{2}, .holder = channel});
    const auto cancel = [&](std::uint64_t id) {
        return queues.step(
            [&](auto& effects) { return queues.machine().cancel(ConsumerId{id}, queues.now_ms, effects); });
    };
    cancel(1);
    EXPECT_EQ(queues.machine().queue_count(), 1u);
    cancel(2);
    EXPECT_EQ(queues.machine().queue_count(), 0u);
}

TEST_F(Limits, AConfigurationCanChangeButForWhatItsMessagesRestOn) {
    declare({});
    const auto configure = [&](const QueueConfig& config) {
        return queues.step(
            [&](auto& effects) { return queues.machine().configure(orders, config, effects); });
    };
    queues.fill(orders, 5);
    EXPECT_EQ(configure({.max_length = 2}), Answer::done);
    EXPECT_EQ(ready(), 2u);
    EXPECT_EQ(configure({.retention_ms = 1}), Answer::invalid);
    EXPECT_EQ(configure({.key_ordered = true}), Answer::invalid);
    EXPECT_EQ(configure({.expires_ms = 100}), Answer::done);
    queues.advance(100);
    EXPECT_EQ(queues.machine().queue_count(), 0u);
}

TEST_F(Limits, RefusesWhatContradictsItself) {
    EXPECT_EQ(queues.declare(orders, {.max_priority = 1, .key_ordered = true}), Answer::invalid);
    EXPECT_EQ(queues.declare(QueueId{queue_id_limit}), Answer::invalid);
    EXPECT_EQ(queues.declare(orders, {.max_length = -2}), Answer::invalid);
    declare({});
    EXPECT_EQ(queues.declare(orders), Answer::already_exists);
}

}  // namespace
}  // namespace weir::queue
