// Shards over real logs on a file system in memory: durable answers, deliveries with content, crashes.
#include "broker/queue/queue_shard.hpp"

#include "support/queue_shard_fixture.hpp"

namespace weir::queue {
namespace {

TEST_F(QueueShardTest, APublishIsAnsweredAndDeliveredOnceItIsDurable) {
    declare();
    const auto inbox = consume(1);
    const auto first = publish("a"), second = publish("b");
    EXPECT_FALSE(*first);
    EXPECT_TRUE(inbox->arrivals.empty());
    commit();
    EXPECT_TRUE(first->value().has_value() && second->value().has_value());
    ASSERT_EQ(inbox->arrivals.size(), 2u);
    const auto& message = inbox->arrivals[0].message;
    EXPECT_EQ(message.exchange, "e");
    EXPECT_EQ(message.key, "k");
    EXPECT_EQ(Bytes(message.properties.begin(), message.properties.end()), (Bytes{1, 2}));
    EXPECT_EQ(inbox->take_bodies(), (Bodies{"a", "b"}));
}

TEST_F(QueueShardTest, WhatIsNotAcknowledgedComesAgainAfterAPowerCut) {
    declare();
    for (const auto* body : {"a", "b", "c"}) publish(body);
    commit();
    const auto inbox = consume(1);
    ASSERT_EQ(inbox->arrivals.size(), 3u);
    EXPECT_FALSE(inbox->arrivals[1].delivery.redelivered);
    accept(inbox->arrivals[1]);
    clock_.advance_ms(ShardOptions{}.note_ms);
    commit();
    publish("lost");  // never committed
    crash();
    const auto again = consume(2);
    ASSERT_EQ(again->arrivals.size(), 2u);
    EXPECT_TRUE(again->arrivals[0].delivery.redelivered);
    EXPECT_EQ(again->take_bodies(), (Bodies{"a", "c"})) << "read back from the log";
}

TEST_F(QueueShardTest, AHoldersEndGivesItsMessagesToOthers) {
    declare();
    publish("a");
    commit();
    const auto first = consume(1);
    ASSERT_EQ(first->take_bodies(), Bodies{"a"});
    const auto second = consume(2, HolderId{2});
    EXPECT_TRUE(second->arrivals.empty());
    shard().close(holder, [](auto&&) {});
    run();
    ASSERT_EQ(second->arrivals.size(), 1u);
    EXPECT_TRUE(second->arrivals[0].delivery.redelivered);
}

TEST_F(QueueShardTest, ACancelledConsumerStillGetsWhatWasPublishedBefore) {
    declare();
    const auto inbox = consume(1);
    publish("a");
    std::optional<Answer> answer;
    std::vector<std::string> got_before;
    serve(shard(), CancelRequest{ConsumerId{1}, holder}, [&](const Result<ShardReply>& reply) {
        answer = std::get<Answer>(reply.value());
        got_before = inbox->take_bodies();
    });
    run();
    EXPECT_FALSE(answer);
    commit();
    EXPECT_EQ(answer, Answer::done);
    EXPECT_EQ(got_before, Bodies{"a"});
    publish("b");
    commit();
    EXPECT_TRUE(inbox->arrivals.empty());
}

TEST_F(QueueShardTest, AfterALossTheStateIsReadAgain) {
    declare();
    publish("a");
    commit();
    const auto inbox = consume(1);
    const auto outcome = publish("b");
    shard().on_lost({Errc::io_error, "the disk is gone"});
    ASSERT_TRUE(outcome->has_value());
    EXPECT_FALSE((*outcome)->has_value());
    EXPECT_TRUE(inbox->is_lost);
    commit();
    ASSERT_TRUE(shard().is_ready());
    EXPECT_EQ(consume(2)->take_bodies(), (Bodies{"a", "b"})) << "as the log has it";
}

TEST_F(QueueShardTest, ALogIsShortenedToWhatIsNeededAndItsSnapshot) {
    options_.snapshot_bytes = 200'000;
    crash();
    declare();
    const auto inbox = consume(1);
    for (int i = 0; i < 4; ++i) pass_through(*inbox, LogUse::stretch);
    EXPECT_GE(log_->log_start(), Offset{LogUse::stretch});
    publish("kept");
    commit();
    inbox->arrivals.clear();
    for (int i = 0; i < 4; ++i) pass_through(*inbox, LogUse::stretch);
    publish("last");
    commit();
    crash();
    EXPECT_EQ(shard().machine().status(queue).value().ready, 2u);
    EXPECT_EQ(consume(2)->take_bodies(), (Bodies{"kept", "last"}));
    options_.snapshot_bytes = UINT64_MAX;
    crash();
    EXPECT_EQ(consume(3)->take_bodies(), (Bodies{"kept", "last"})) << "from the same snapshot once more";
}

TEST_F(QueueShardTest, ALargeStateGoesIntoTheLogInPieces) {
    options_.snapshot_bytes = 5'000;
    options_.snapshot_piece_bytes = 10;
    crash();
    declare();
    for (int i = 0; i < 20; ++i) publish(std::string(1000, 'x'));
    commit();
    const auto snapshot = newest_snapshot(*log_, log_->durable_end());
    ASSERT_TRUE(snapshot.has_value() && snapshot.value().has_value());
    EXPECT_GT(**snapshot, Offset{5});
    publish("last");
    commit();
    crash();
    EXPECT_EQ(shard().machine().status(queue).value().ready, 21u);
    const auto bodies = consume(1)->take_bodies();
    ASSERT_EQ(bodies.size(), 21u);
    EXPECT_EQ(bodies.back(), "last");
}

TEST_F(QueueShardTest, AQueueThatGoesByItselfIsTold) {
    declare({.auto_delete = true});
    consume(1);
    step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
        machine.cancel(ConsumerId{1}, now, effects);
    });
    using Deleted = std::vector<std::pair<QueueId, std::string>>;
    EXPECT_EQ(deleted_, (Deleted{{queue, "q"}}));
}

TEST_F(QueueShardTest, ATransactionsMessagesComeAndGoTogether) {
    declare();
    declare_second();
    publish("held");
    commit();
    const auto inbox = consume(1);
    const auto outcome = transact(inbox->arrivals.at(0).delivery.message, "a");
    EXPECT_FALSE(*outcome);
    commit();
    const auto replies = outcome->value();
    ASSERT_TRUE(replies);
    ASSERT_EQ(replies->publishes.size(), 2u);
    EXPECT_EQ(inbox->take_bodies(), (Bodies{"held", "a"}));
    EXPECT_EQ(consume(2, HolderId{2}, second)->take_bodies(), Bodies{"a"});
    EXPECT_EQ(shard().machine().find(queue)->open_count, 1u) << "what was held is settled";
}

TEST_F(QueueShardTest, ATransactionThatIsLargerThanABatchIsOneBatch) {
    options_.batch_bytes = 1000;
    crash();
    declare();
    declare_second();
    publish("held");
    commit();
    const auto inbox = consume(1);
    const auto end = log_->end();
    transact(inbox->arrivals.at(0).delivery.message, std::string(5000, 'x'));
    commit();
    EXPECT_EQ(batches_from(end), std::vector<std::int64_t>{3}) << "two publishes and a settlement";
}

TEST_F(QueueShardTest, AfterAPowerCutATransactionIsThereWholeOrNotAtAll) {
    bool was_whole = false;
    for (std::uint64_t cut = 0; !was_whole; ++cut) {
        ASSERT_LT(cut, 100u);
        topic_ = Uuid::from_random(cut, 3);  // a log of its own
        crash();
        declare();
        declare_second();
        publish("held");
        commit();
        transact(consume(1)->arrivals.at(0).delivery.message, "a");
        files_.stop_at(files_.steps() + cut);
        commit();
        const bool was_done = !files_.stopped();
        crash();
        const bool is_there = shard().machine().status(second)->ready == 1;
        EXPECT_EQ(consume(2)->take_bodies(), is_there ? Bodies{"a"} : Bodies{"held"}) << "cut " << cut;
        EXPECT_TRUE(is_there || !was_done);
        was_whole = was_done;
    }
}

TEST_F(QueueShardTest, ADeadLetterGoesWhereItsOwnerSaysWithItsHistory) {
    let_one_die();
    const auto dead = dead_.at(0);
    EXPECT_EQ(dead.queue, "q");
    EXPECT_EQ(dead.target, "somewhere");
    EXPECT_EQ(dead.letter.reason, Reason::rejected);
    EXPECT_EQ(as_text(dead.message.body), "a");
    shard().refer(burial(dead));
    commit();
    EXPECT_EQ(ready(queue), 0u);
    crash();
    const auto inbox = consume(2, holder, graveyard);
    ASSERT_EQ(inbox->arrivals.size(), 1u);
    const auto& message = inbox->arrivals[0].message;
    EXPECT_EQ(as_text(message.body), "a");
    EXPECT_EQ(message.exchange, "dlx");
    EXPECT_EQ(message.key, "dead");
    ASSERT_TRUE(message.referral);
    EXPECT_EQ(message.referral->history, burial(dead).history);
    EXPECT_TRUE(dead_.size() == 1) << "it does not die twice";
}

TEST_F(QueueShardTest, UntilItIsWhereItGoesADeadLetterStaysInItsQueue) {
    let_one_die();
    shard().refer(burial(dead_.at(0)));  // never committed
    crash();
    EXPECT_EQ(ready(queue), 1u);
    EXPECT_EQ(ready(graveyard), 0u);
}

TEST_F(QueueShardTest, ADeadLetterOfAnotherLogComesInWithItsContent) {
    declare_other();
    publish("before");
    const auto outcome = std::make_shared<std::optional<Result<void>>>();
    DeadMessage dead{.queue = "elsewhere"};
    dead.letter.reason = Reason::expired;
    const Message content{.exchange = "e", .key = "k", .body = as_bytes("x")};
    auto request = burial(dead);
    request.key.reset();
    shard().adopt(request, Reason::expired, content, [&](const Result<void>& result) { *outcome = result; });
    EXPECT_FALSE(*outcome);
    commit();
    ASSERT_TRUE(outcome->value());
    crash();
    const auto inbox = consume(2, holder, graveyard);
    ASSERT_EQ(inbox->arrivals.size(), 1u);
    const auto& message = inbox->arrivals[0].message;
    EXPECT_EQ(as_text(message.body), "x");
    EXPECT_EQ(message.exchange, "dlx");
    EXPECT_EQ(message.key, "k") << "its own";
    EXPECT_EQ(message.referral->reason, Reason::expired);
    EXPECT_EQ(message.referral->history, request.history);
}

TEST_F(QueueShardTest, TheOwnerIsAskedAgainAboutADeadLetterThatItCouldNotBring) {
    let_one_die();
    shard().bury_again(dead_.at(0).letter);
    run();
    EXPECT_EQ(dead_.size(), 1u);
    clock_.advance_ms(options_.bury_retry_ms);
    run();
    ASSERT_EQ(dead_.size(), 2u);
    EXPECT_EQ(dead_[1].letter.message, dead_[0].letter.message);
}

TEST_F(QueueShardTest, PublishesThatComeTogetherAreAnsweredTogetherEachForItself) {
    declare({.max_length = 2, .overflow = Overflow::reject});
    const auto outcome = publish_all({"a", "b", "c"});
    EXPECT_FALSE(*outcome) << "nothing is committed yet";
    commit();
    const auto& replies = outcome->value();
    ASSERT_TRUE(replies);
    ASSERT_EQ(replies->publishes.size(), 3u);
    EXPECT_TRUE(replies->publishes[1].refused.empty());
    EXPECT_EQ(replies->publishes[2].refused, std::vector{queue}) << "it sees what came before it";
    EXPECT_EQ(consume(1)->take_bodies(), (Bodies{"a", "b"}));
}

TEST_F(QueueShardTest, WhileABatchIsWrittenTheNextOneGrows) {
    declare();
    const auto end = log_->end();
    publish("a");
    const auto b = publish("b"), c = publish("c");
    ASSERT_TRUE(commit_once());
    EXPECT_FALSE(*b);
    ASSERT_TRUE(commit_once());
    EXPECT_TRUE(*b && *c);
    EXPECT_EQ(batches_from(end), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(QueueShardTest, AfterALargeBatchTheNextOneIsGatheredForAWhile) {
    declare();
    publish_all(std::vector<std::string>(static_cast<std::size_t>(options_.records_a_pause_ms), "x"));
    commit_once();
    publish("late");
    EXPECT_EQ(log_->end(), log_->durable_end());
    clock_.advance_ms(1);
    run();
    EXPECT_GT(log_->end(), log_->durable_end());
}

TEST_F(QueueShardTest, AShardThatIsLedElsewhereRefuses) {
    declare();
    const auto before = shards_->find(queue);
    const auto inbox = consume(1);
    shards_->resign(PartitionId{0});
    run();
    EXPECT_TRUE(inbox->is_lost);
    EXPECT_EQ(shards_->find(queue), nullptr);
    before->step({}, [](const Result<void>& result) { EXPECT_EQ(result.error().code, Errc::not_leader); });
}

// Whoever lets go of it last may do so on another thread.
TEST_F(QueueShardTest, AShardThatIsLedElsewhereHasNoTimer) {
    declare();
    publish("a");
    commit();
    shards_->resign(PartitionId{0});
    run();
    files_.inject({.operation = test::Operation::read});
    shards_->lead(PartitionId{0}, {log_, LeaderEpoch{0}, &executor_});
    run();
    ASSERT_TRUE(executor_.has_timers()) << "it tries again to read its log";
    const auto shard = shards_->find(queue);
    shards_->resign(PartitionId{0});
    run();
    EXPECT_FALSE(executor_.has_timers());
}

}  // namespace
}  // namespace weir::queue
