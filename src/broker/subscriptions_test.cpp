// A topic's records as a queue's messages: fed as the topic grows, and how far that has come.
#include "broker/subscriptions.hpp"

#include "broker/queue_settings.hpp"
#include "support/batch_builder.hpp"
#include "support/lone_broker.hpp"

namespace weir::broker {
namespace {

class SubscriptionsTest : public test::LoneBroker {
  protected:
    SubscriptionsTest() {
        change_topology(topology::PutVirtualHost{{.name = "/"}});
        change_topology(topology::PutVirtualHost{{.name = "shop"}});
    }

    template <class Request>
    typename Request::Reply change_topology(Request request) {
        using Reply = typename Request::Reply;
        return test::outcome_of<Reply>(
                   [&](auto done) { broker_->queues().change(std::move(request), std::move(done)); })
            .value();
    }
    // So many records into each partition.
    void write(const Topic& topic, int count) {
        for (const auto& partition : topic.partitions) {
            message::BatchBuilder builder;
            for (int i = 0; i < count; ++i) builder.add(1, std::nullopt, as_bytes("value"));
            ASSERT_TRUE(
                partition->log()->append(test::shared(builder.finish()), partition->leader_epoch(), 1));
        }
    }
    static bool has(const Topic& topic, std::int64_t count) {
        return std::ranges::all_of(topic.partitions, [&](const auto& partition) {
            return partition->log()->readable_end().value == count;
        });
    }
    void fill(const Topic& topic, int count) {
        const auto end = topic.partitions.front()->log()->readable_end().value + count;
        write(topic, count);
        eventually("the records", [&] { return has(topic, end); });
    }
    topology::QueuePtr subscribe(const Topic& topic, const Start& start, const std::string& name = "s",
                                 const std::string& host = "/",
                                 const std::map<PartitionId, Offset>& offsets = {}) {
        const topology::DeclareQueue request{
            {.host = host,
             .name = name,
             .arguments = {{std::string{source_topic_argument}, topic.id().text()}}},
            {}};
        return test::outcome_of<Queues::Declared>([&](auto done) {
                   broker_->queues().declare(
                       request, std::move(done),
                       SubscriptionBegin{broker_->topics().find(topic.id()), start, offsets});
               })
            .value()
            .reply.queue;
    }
    std::uint64_t ready(const topology::QueuePtr& queue) {
        return test::outcome_of<queue::QueueStatus>(
                   [&](auto done) { broker_->queues().status(queue->id, std::move(done)); })
            .value()
            .ready;
    }
    std::uint64_t purge(const topology::QueuePtr& queue) {
        return test::outcome_of<std::uint64_t>(
                   [&](auto done) { broker_->queues().purge(queue->id, std::move(done)); })
            .value();
    }
    // Its consumer group's offsets, by partition.
    std::map<std::int32_t, std::int64_t> told(const std::string& group) {
        const auto reply = test::outcome_of<stream::FetchOffsetsReply>([&](auto done) {
            broker_->groups().ask<stream::FetchOffsetsRequest>(
                {.group = group, .partitions = {}},
                [done](stream::FetchOffsetsReply offsets) { done(std::move(offsets)); });
        });
        std::map<std::int32_t, std::int64_t> out;
        for (const auto& each : reply->offsets) out[each.where.partition.value] = each.offset.value;
        return out;
    }
    using Told = std::map<std::int32_t, std::int64_t>;
};

TEST_F(SubscriptionsTest, BeginWithWhatIsThereOrWithWhatComes) {
    const auto topic = create("t", 2);
    fill(*topic, 3);
    const auto all = subscribe(*topic, FirstRecord{}, "all");
    const auto later = subscribe(*topic, NextRecord{}, "later");
    eventually("what was there", [&] { return ready(all) == 6; });
    fill(*topic, 2);
    eventually("what came", [&] { return ready(all) == 10 && ready(later) == 4; });
}

TEST_F(SubscriptionsTest, BeginAtOffsetsOrAtTheNearestThereAre) {
    const auto topic = create("t", 3);
    fill(*topic, 5);
    const auto queue = subscribe(*topic, FirstRecord{}, "s", "/",
                                 {{PartitionId{0}, Offset{3}}, {PartitionId{1}, Offset{99}}});
    eventually("two, none, and all", [&] { return ready(queue) == 2 + 5; });
    eventually("where it begins", [&] { return told("s") == Told{{0, 3}, {1, 5}, {2, 0}}; });
}

TEST_F(SubscriptionsTest, BeginAtATime) {
    const auto topic = create("t", 1);
    fill(*topic, 4);  // of one timestamp, 1
    const auto all = subscribe(*topic, AtTime{1}, "all");
    const auto none = subscribe(*topic, AtTime{2}, "none");
    eventually("what is not older", [&] { return ready(all) == 4; });
    fill(*topic, 1);
    eventually("what came", [&] { return ready(all) == 5 && ready(none) == 1; });
}

TEST_F(SubscriptionsTest, ARestartGoesOnWhereTheLogIs) {
    auto topic = create("t", 1);
    const auto queue = subscribe(*topic, FirstRecord{});
    fill(*topic, 5);
    eventually("all", [&] { return ready(queue) == 5; });
    close();
    open();
    topic = broker_->topics().find("t");
    EXPECT_EQ(ready(queue), 5u);
    fill(*topic, 2);
    eventually("what came, once", [&] { return ready(queue) == 7; });
}

TEST_F(SubscriptionsTest, TheirGroupsOffsetsSayHowFarTheyAre) {
    const auto topic = create("t", 2);
    const auto queue = subscribe(*topic, FirstRecord{});
    fill(*topic, 4);
    eventually("all", [&] { return ready(queue) == 8; });
    eventually("where it begins", [&] { return told("s") == Told{{0, 0}, {1, 0}}; });
    EXPECT_EQ(purge(queue), 8u);
    eventually("where it is", [&] { return told("s") == Told{{0, 4}, {1, 4}}; });
    const auto removed = test::outcome_of<queue::CountReply>(
        [&](auto done) { broker_->queues().remove(queue, false, false, std::move(done)); });
    ASSERT_TRUE(removed);
    eventually("that it is gone", [&] { return told("s").empty(); });
}

TEST_F(SubscriptionsTest, OfAnotherVirtualHostHaveAGroupOfTheirOwn) {
    const auto topic = create("vhost.shop.t", 1);
    const auto queue = subscribe(*topic, FirstRecord{}, "s", "shop");
    fill(*topic, 4);
    eventually("all", [&] { return ready(queue) == 4; });
    EXPECT_EQ(purge(queue), 4u);
    eventually("where it is", [&] { return told("vhost.shop.s") == Told{{0, 4}}; });
    EXPECT_EQ(told("s"), Told{});
}

TEST_F(SubscriptionsTest, NoMoreIsIndexedThanIsAllowedBeforeSomeIsSettled) {
    const auto topic = create("t", 1);
    constexpr int batch = 10'000, batches = 7;
    for (int i = 0; i < batches; ++i) write(*topic, batch);
    const auto queue = subscribe(*topic, FirstRecord{});
    eventually("the limit", [&] { return ready(queue) >= max_fed_ahead; });
    EXPECT_LT(ready(queue), max_fed_ahead + batch);
    std::uint64_t settled = purge(queue);
    eventually("the others", [&] { return ready(queue) + settled == batch * batches; });
}

TEST_F(SubscriptionsTest, WhatTheTopicTakesWithItIsPassedOver) {
    const auto topic = create("t", 1);
    const auto queue = subscribe(*topic, FirstRecord{});
    fill(*topic, 2);
    eventually("all", [&] { return ready(queue) == 2; });
    change(metadata::DeleteTopic{.name = "t"});
    create("t", 1);
    fill(*broker_->topics().find("t"), 3);
    const auto got = test::outcome_of<queue::Got>([&](auto done) {
        const auto& place = broker_->queues().place(queue->id);
        const auto holder = broker_->queues().new_holder();
        place->attach(holder, 0);
        place->ask(queue::TakeRequest{queue->id, holder, true}, std::move(done));
    });
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->reply.delivery) << "a topic of the same name is another one";
}

TEST_F(SubscriptionsTest, OnlyTopicsThatAreThereAreFound) {
    const auto topic = create("t", 2);
    const Subscriptions subscriptions{
        {broker_->topics(), broker_->commits(), broker_->topic_access(), {}, broker_->reactors()}};
    const auto find = subscriptions.finder();
    const auto found = find(topic->id(), PartitionId{1});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->topic, "t");
    EXPECT_TRUE(found->is_one_of_many);
    EXPECT_EQ(found->log, topic->partition(PartitionId{1})->log());
    EXPECT_EQ(find(topic->id(), PartitionId{2}).error().code, Errc::not_found);
    found->log->limit_readers(Offset{0});
    EXPECT_EQ(find(topic->id(), PartitionId{1})->log, nullptr) << "what is committed is not known yet";
    found->log->set_telling_epoch(topic->partition(PartitionId{1})->leader_epoch());
    EXPECT_EQ(find(topic->id(), PartitionId{1})->log, found->log);
    EXPECT_EQ(find(Uuid::from_random(1, 2), PartitionId{0}).error().code, Errc::not_found);
}

}  // namespace
}  // namespace weir::broker
