// Queues that keep what is acknowledged, read by number.
#include "support/queue_shard_fixture.hpp"

namespace weir::queue {
namespace {

class QueueShardReadTest : public QueueShardTest {
  protected:
    using Kind = ReadStart::Kind;
    using Reading = std::shared_ptr<std::optional<Result<ReadReply>>>;
    Reading begin_read(const ReadRequest& request) {
        auto reading = std::make_shared<std::optional<Result<ReadReply>>>();
        shard().read(request, [reading](Result<ReadReply> reply) { *reading = std::move(reply); });
        run();
        return reading;
    }
    Result<ReadReply> read(ReadStart from, std::uint64_t most_bytes = 100'000) {
        return begin_read({.queue = queue, .from = from, .most_bytes = most_bytes})->value();
    }
    static Bodies bodies(const Result<ReadReply>& reply) {
        Bodies out;
        for (const auto& one : reply.value().messages) out.emplace_back(as_text(one.message.body));
        return out;
    }
};

TEST_F(QueueShardReadTest, WhatIsAcknowledgedIsReadByNumberAsLongAsItIsKept) {
    declare({.retention_ms = 1'000});
    const auto inbox = consume(1);
    for (const auto* body : {"a", "b", "c"}) publish(body);
    commit();
    for (const auto& arrival : std::exchange(inbox->arrivals, {})) accept(arrival);
    EXPECT_EQ(ready(queue), 0u);
    EXPECT_EQ(bodies(read({Kind::first})), (Bodies{"a", "b", "c"}));
    EXPECT_EQ(bodies(read({Kind::number, 1})), (Bodies{"b", "c"}));
    EXPECT_EQ(bodies(read({Kind::last})), Bodies{"c"});
    crash();
    const auto kept = read({Kind::first}).value();
    EXPECT_EQ(kept.messages.at(1).message.exchange, "e");
    EXPECT_EQ(kept.messages.at(1).message.properties.size(), 2u);
    clock_.advance_ms(2'000);
    run();
    commit();
    const auto gone = read({Kind::number, 1}).value();
    EXPECT_TRUE(gone.messages.empty());
    EXPECT_EQ(gone.first, 3u);
    EXPECT_EQ(gone.end, 3u);
}

TEST_F(QueueShardReadTest, WhatIsNotCommittedIsNotRead) {
    declare({.retention_ms = 1'000});
    publish("a");
    EXPECT_TRUE(bodies(read({Kind::first})).empty());
    step([](QueueMachine& machine, std::int64_t, Effects& effects) { machine.purge(queue, effects); });
    EXPECT_TRUE(bodies(read({Kind::first})).empty()) << "settled, but not committed either";
    commit();
    EXPECT_EQ(bodies(read({Kind::first})), Bodies{"a"});
}

TEST_F(QueueShardReadTest, AReaderBeginsAtATime) {
    declare({.retention_ms = 1'000'000});
    for (int i = 0; i < 200; ++i) {
        publish(std::to_string(i));
        clock_.advance_ms(10);
    }
    commit();
    const auto begun_ms = read({Kind::first}).value().messages.front().time_ms;
    EXPECT_EQ(read({Kind::at_time, begun_ms}).value().from, 0u);
    EXPECT_EQ(read({Kind::at_time, begun_ms + 1'001}).value().from, 101u);
    EXPECT_EQ(read({Kind::at_time, begun_ms + 1'995}).value().from, 200u);
}

TEST_F(QueueShardReadTest, AnAnswerIsBoundedButHasAMessage) {
    declare({.retention_ms = 1'000'000});
    for (int i = 0; i < 10; ++i) publish(std::string(1000, 'x'));
    commit();
    EXPECT_EQ(read({Kind::first}, 1).value().messages.size(), 1u);
    EXPECT_EQ(read({Kind::first}, 4'000).value().messages.size(), 3u);
    EXPECT_EQ(read({Kind::first}, 0).value().messages.size(), 0u);
}

TEST_F(QueueShardReadTest, AReadWaitsForWhatHasNotCome) {
    declare({.retention_ms = 1'000'000});
    const auto next = begin_read({.queue = queue, .from = {Kind::next}, .most_bytes = 1000, .wait_ms = 500});
    const auto late =
        begin_read({.queue = queue, .from = {Kind::number, 1}, .most_bytes = 1, .wait_ms = 500});
    EXPECT_TRUE(late->has_value()) << "behind the end there is nothing to wait for";
    EXPECT_FALSE(next->has_value());
    publish("a");
    EXPECT_FALSE(next->has_value());
    commit();
    EXPECT_EQ(bodies(next->value()), Bodies{"a"});
    const auto again = begin_read({.queue = queue, .from = {Kind::next}, .most_bytes = 1000, .wait_ms = 500});
    clock_.advance_ms(500);
    run();
    EXPECT_TRUE(bodies(again->value()).empty());
    EXPECT_EQ((*again)->value().from, 1u);
}

TEST_F(QueueShardReadTest, WaitingReadsHearOfTheQueuesEndAndOfTheLogs) {
    declare({.retention_ms = 1'000'000});
    const ReadRequest request{.queue = queue, .from = {Kind::next}, .most_bytes = 1000, .wait_ms = 500};
    const auto first = begin_read(request);
    step([](QueueMachine& machine, std::int64_t, Effects& effects) {
        machine.remove(queue, false, false, effects);
    });
    commit();
    EXPECT_EQ((*first)->value().answer, Answer::no_such_queue);
    declare({.retention_ms = 1'000'000});
    const auto second = begin_read(request);
    shards_->resign(PartitionId{0});
    run();
    EXPECT_EQ((*second)->error().code, Errc::outcome_unknown);
}

TEST_F(QueueShardReadTest, OnlyQueuesThatKeepTheirMessagesAreRead) {
    declare();
    publish("a");
    commit();
    EXPECT_EQ(read({Kind::first}).value().answer, Answer::no_such_queue);
}

}  // namespace
}  // namespace weir::queue
