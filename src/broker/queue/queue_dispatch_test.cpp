// Many queues and many messages: turns among queues, one body for several, what is not there.
#include <gtest/gtest.h>

#include <set>

#include "support/queue_driver.hpp"

namespace weir::queue {
namespace {

using test::channel;
using test::QueueDriver;

TEST(QueueDispatch, QueuesTakeTurns) {
    QueueDriver queues({.deliveries_of_a_queue = 2});
    queues.checks = false;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        queues.declare(QueueId{id});
        queues.fill(QueueId{id}, 6);
    }
    queues.commits = false;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        Effects effects;
        queues.machine().consume({QueueId{id}, {.id = ConsumerId{id}, .holder = channel}}, 0, effects);
    }
    queues.commit();
    std::vector<std::uint64_t> order;
    for (const auto& one : queues.deliveries) order.push_back(one.message.queue.value);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(QueueDispatch, OneStepHandsOutNoMoreThanItsLimit) {
    QueueMachine machine({.deliveries_at_a_time = 10, .deliveries_of_a_queue = 4});
    const QueueId queue{1};
    machine.start(1'000);
    machine.apply(DeclareRecord{queue, "q", {}}, Offset{0}, 1'000, 0);
    for (std::int64_t i = 1; i <= 25; ++i) {
        machine.apply(PublishRecord{.targets = {{queue}}}, Offset{i}, 1'000, 1);
    }
    Effects effects;
    machine.committed(Offset{100}, effects);
    machine.consume({queue, {.id = ConsumerId{1}, .holder = channel}}, 1'000, effects);
    std::vector<std::size_t> counts;
    for (bool is_done = false; !is_done;) {
        const auto before = effects.deliveries.size();
        is_done = machine.dispatch(1'000, effects);
        counts.push_back(effects.deliveries.size() - before);
        ASSERT_LE(counts.back(), 10u);
    }
    EXPECT_EQ(effects.deliveries.size(), 25u);
    EXPECT_GE(counts.size(), 3u);
}

TEST(QueueDispatch, OneBodyServesAllQueuesUntilTheLastIsDone) {
    QueueDriver queues;
    PublishRequest request{.content_bytes = 1'000};
    for (std::uint64_t id = 10; id > 0; --id) {
        queues.declare(QueueId{id});
        request.targets.push_back(QueueId{id});
    }
    request.targets.push_back(QueueId{3});   // twice
    request.targets.push_back(QueueId{99});  // unknown
    const auto before = queues.log_bytes();
    queues.publish(request);
    EXPECT_LE(queues.log_bytes() - before, 32u);
    std::set<std::int64_t> contents;
    for (std::uint64_t id = 1; id <= 10; ++id) {
        EXPECT_EQ(queues.status(QueueId{id}).ready, 1u);
        const auto got = *queues.get(QueueId{id}, channel).delivery;
        contents.insert(got.content.value);
        EXPECT_NE(queues.machine().log_use(), LogUse());
        queues.accept(got);
    }
    EXPECT_EQ(contents.size(), 1u);
    EXPECT_EQ(queues.machine().log_use(), LogUse());
}

TEST(QueueDispatch, AMessageForNobodyIsNotWritten) {
    QueueDriver queues;
    const auto reply = queues.publish({.targets = {QueueId{1}}});
    EXPECT_EQ(reply.answer, Answer::done);
    EXPECT_FALSE(reply.is_written);
    EXPECT_EQ(queues.end(), 0);
}

TEST(QueueDispatch, ADelayedMessagePassesOverADeletedQueue) {
    QueueDriver queues;
    for (std::uint64_t id = 1; id <= 3; ++id) queues.declare(QueueId{id});
    queues.publish({.targets = {QueueId{1}, QueueId{2}, QueueId{3}}, .deliver_at_ms = queues.now_ms + 50});
    queues.step([&](auto& e) { return queues.machine().remove(QueueId{2}, false, false, e); });
    queues.advance(50);
    EXPECT_EQ(queues.status(QueueId{1}).ready, 1u);
    EXPECT_EQ(queues.status(QueueId{3}).ready, 1u);
    EXPECT_EQ(queues.machine().delayed_count(), 0u);
}

TEST(QueueDispatch, MessagesThatHaveGoneAreNeverDeliveredThoughTheyLieInTheMiddle) {
    QueueDriver queues;
    const QueueId queue{1};
    queues.declare(queue);
    queues.fill(queue, 300);
    std::vector<Delivery> held;
    for (int i = 0; i < 300; ++i) held.push_back(*queues.get(queue, channel).delivery);
    for (int i = 1; i < 299; ++i) queues.accept(held[static_cast<std::size_t>(i)]);
    queues.checkpoint();
    queues.restart();
    EXPECT_EQ(queues.get(queue, channel).delivery->message.sequence.number(), 0u);
    EXPECT_EQ(queues.get(queue, channel).delivery->message.sequence.number(), 299u);
    EXPECT_FALSE(queues.get(queue, channel).delivery);
    EXPECT_EQ(queues.machine().log_use().between(Offset{0}, Offset{1'000}).bytes, 20u);
}

}  // namespace
}  // namespace weir::queue
