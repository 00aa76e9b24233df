// Shards over real logs on a file system in memory: durable answers, deliveries with content, crashes.
#include "broker/queue/queue_shard.hpp"

#include <gtest/gtest.h>

#include "broker/queue/queue_shards.hpp"
#include "log/read_batches.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_timed_executor.hpp"

namespace weir::queue {
namespace {

using namespace test;

class Inbox final : public Receiver {
  public:
    void on_arrivals(std::vector<Arrival> some) override {
        std::move(some.begin(), some.end(), std::back_inserter(arrivals));
    }
    void on_notice(const Notice& notice) override { notices.push_back(notice); }
    void on_lost(const Error&) override { is_lost = true; }

    std::vector<std::string> take_bodies() {
        std::vector<std::string> bodies;
        for (const auto& one : std::exchange(arrivals, {})) bodies.emplace_back(as_text(one.message.body));
        return bodies;
    }

    std::vector<Arrival> arrivals;
    std::vector<Notice> notices;
    bool is_lost = false;
};

class QueueShardTest : public testing::Test, public log::CommitListener {
  protected:
    static constexpr QueueId queue{7}, second{8}, graveyard{9};
    static constexpr HolderId holder{1};

    QueueShardTest() {
        EXPECT_TRUE(files_.make_directories("data") && files_.sync_directory(""));
        open();
    }
    void on_commit(const log::Commit& commit) override {
        if (shards_) shards_->on_commit(commit);
    }
    void open() {
        log::StoreOptions store_options;
        store_options.directory = "data";
        store_options.own_threads = false;
        store_options.journal_file_bytes = 1 << 20;
        store_options.reserve_bytes = 4096;
        store_ = log::LogStore::open(store_options, files_, clock_, *this).value();
        log::LogConfig config;
        config.segment_bytes = 64 << 10;
        config.retention_ms = -1;
        log_ = store_->open_log({topic_, PartitionId{0}}, std::string(queues_topic), config).value();
        shards_ = std::make_unique<QueueShards>(
            options_, clock_,
            ShardSeams{.on_ready = {},
                       .on_deleted = [this](QueueId id,
                                            const std::string& name) { deleted_.emplace_back(id, name); },
                       .on_dead = [this](QueueShard&, const DeadMessage& dead) { dead_.push_back(dead); }});
        shards_->set_shards(1);
        shards_->lead(PartitionId{0}, {log_, LeaderEpoch{0}, &executor_});
        run();
    }
    void close() {
        shards_.reset();
        executor_.drop_all();
        log_.reset();
        store_.reset();
    }
    void crash() {
        files_.stop_at(files_.steps());  // nothing that the end of the objects does has an effect
        close();
        files_.crash(Crash::power_cut);
        open();
    }
    void run() { executor_.run_all(); }
    // One commit, and what waits for it.
    bool commit_once() {
        run();
        const bool was_any = store_->commit_once();
        run();
        return was_any;
    }
    void commit() {
        do clock_.advance_ms(options_.most_pause_ms);
        while (commit_once());
    }
    // How many records each batch from `from` on has.
    std::vector<std::int64_t> batches_from(Offset from) {
        std::vector<std::int64_t> batches;
        const auto visit = [&](const log::StoredBatch& batch) {
            const Offset base{log::BatchView(batch.bytes.data()).base_offset()};
            batches.push_back(batch.place.next - base);
            return Result<void>{};
        };
        const auto read = log::read_batches(*log_, from, log_->end(), options_.slice_bytes, visit);
        EXPECT_TRUE(read);
        return batches;
    }

    QueueShard& shard() { return *shards_->find(queue); }
    // The outcome of a step, once there is one.
    using Outcome = std::shared_ptr<std::optional<Result<void>>>;
    Outcome step(const QueueShard::Decide& decide) {
        auto outcome = std::make_shared<std::optional<Result<void>>>();
        shard().step(decide, [outcome](const Result<void>& result) { *outcome = result; });
        run();
        return outcome;
    }
    void declare(const QueueConfig& config = {}) {
        const auto outcome = step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(queue, "q", config, now, effects), Answer::done);
        });
        commit();
        ASSERT_TRUE(outcome->value().has_value());
    }
    void declare_other() {
        step([](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(graveyard, "graveyard", {}, now, effects), Answer::done);
        });
    }
    // A message of a queue whose dead letters go somewhere is rejected.
    void let_one_die() {
        declare({.dead_letter_target = "somewhere"});
        declare_other();
        publish("a");
        commit();
        const auto inbox = consume(1);
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle({.holder = holder,
                            .verdict = Verdict::reject,
                            .messages = {inbox->arrivals.at(0).delivery.message}},
                           now, effects);
        });
        ASSERT_EQ(dead_.size(), 1u);
    }
    static ReferRequest burial(const DeadMessage& dead) {
        return {.source = dead.letter.message,
                .targets = {graveyard},
                .history = {{.queue = dead.queue, .reason = dead.letter.reason, .exchange = "e"}},
                .exchange = "dlx",
                .key = "dead"};
    }
    std::uint64_t ready(QueueId id) { return shard().machine().status(id).value().ready; }

    using Replies = std::shared_ptr<std::optional<Result<TransactReply>>>;
    Outcome publish(const std::string& body) {
        auto outcome = std::make_shared<std::optional<Result<void>>>();
        const Message message{
            .exchange = "e", .key = "k", .properties = {1, 2}, .body = {body.begin(), body.end()}};
        shard().publish({.targets = {queue}, .content_bytes = message.content_bytes()}, message,
                        [outcome](const Result<PublishReply>& reply) {
                            *outcome = reply ? Result<void>{} : Result<void>{reply.error()};
                        });
        run();
        return outcome;
    }
    Replies publish_all(const std::vector<std::string>& bodies) {
        std::vector<EnqueueRequest> publishes;
        for (const auto& body : bodies) {
            auto message = std::make_shared<const Message>(
                Message{.exchange = "e", .key = "k", .properties = {}, .body = {body.begin(), body.end()}});
            publishes.push_back({{.targets = {queue}, .content_bytes = body.size()}, std::move(message)});
        }
        auto replies = std::make_shared<std::optional<Result<TransactReply>>>();
        shard().publish_all(publishes, [replies](auto outcome) { *replies = std::move(outcome); });
        run();
        return replies;
    }
    void declare_second() {
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(second, "second", {}, now, effects), Answer::done);
        });
        commit();
    }
    // The body goes into both queues, and what was held is settled.
    Replies transact(const Source& held, const std::string& body) {
        const auto message = std::make_shared<const Message>(
            Message{.exchange = "e", .key = "k", .properties = {}, .body = {body.begin(), body.end()}});
        TransactRequest request;
        for (const QueueId id : {queue, second})
            request.publishes.push_back({{.targets = {id}, .content_bytes = body.size()}, message});
        request.settlements.push_back({.holder = holder, .messages = {held}});
        auto replies = std::make_shared<std::optional<Result<TransactReply>>>();
        shard().transact(request, [replies](auto outcome) { *replies = std::move(outcome); });
        run();
        return replies;
    }
    std::shared_ptr<Inbox> consume(std::uint64_t consumer, HolderId who = holder, QueueId from = queue) {
        const auto inbox = std::make_shared<Inbox>();
        shard().attach(who, inbox);
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            const Consumer one{.id = ConsumerId{consumer}, .holder = who};
            EXPECT_EQ(machine.consume({from, one}, now, effects), Answer::done);
        });
        return inbox;
    }
    void accept(const Arrival& arrival) {
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle({.holder = arrival.delivery.holder, .messages = {arrival.delivery.message}}, now,
                           effects);
        });
        commit();
    }
    // So many messages come, and are acknowledged all together.
    void pass_through(Inbox& inbox, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) publish(std::string(100, 'x'));
        commit();
        SettleRequest request{.holder = holder};
        for (const auto& one : std::exchange(inbox.arrivals, {}))
            request.messages.push_back(one.delivery.message);
        EXPECT_EQ(request.messages.size(), static_cast<std::size_t>(count));
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle(request, now, effects);
        });
        commit();
    }
    using Bodies = std::vector<std::string>;
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

    ShardOptions options_{.batch_bytes = 32 << 10};  // less than a segment
    FaultyFileSystem files_;
    ManualClock clock_;
    ManualTimedExecutor executor_{clock_};
    Uuid topic_ = Uuid::from_random(1, 2);
    std::vector<std::pair<QueueId, std::string>> deleted_;
    std::vector<DeadMessage> dead_;
    std::unique_ptr<log::LogStore> store_;
    std::shared_ptr<log::PartitionLog> log_;
    std::unique_ptr<QueueShards> shards_;
};

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
    const Message content{.exchange = "e", .key = "k", .properties = {1}, .body = {'x'}};
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

// ---- what is kept is read

TEST_F(QueueShardTest, WhatIsAcknowledgedIsReadByNumberAsLongAsItIsKept) {
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

TEST_F(QueueShardTest, WhatIsNotCommittedIsNotRead) {
    declare({.retention_ms = 1'000});
    publish("a");
    EXPECT_TRUE(bodies(read({Kind::first})).empty());
    step([](QueueMachine& machine, std::int64_t, Effects& effects) { machine.purge(queue, effects); });
    EXPECT_TRUE(bodies(read({Kind::first})).empty()) << "settled, but not committed either";
    commit();
    EXPECT_EQ(bodies(read({Kind::first})), Bodies{"a"});
}

TEST_F(QueueShardTest, AReaderBeginsAtATime) {
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

TEST_F(QueueShardTest, AnAnswerIsBoundedButHasAMessage) {
    declare({.retention_ms = 1'000'000});
    for (int i = 0; i < 10; ++i) publish(std::string(1000, 'x'));
    commit();
    EXPECT_EQ(read({Kind::first}, 1).value().messages.size(), 1u);
    EXPECT_EQ(read({Kind::first}, 4'000).value().messages.size(), 3u);
    EXPECT_EQ(read({Kind::first}, 0).value().messages.size(), 0u);
}

TEST_F(QueueShardTest, AReadWaitsForWhatHasNotCome) {
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

TEST_F(QueueShardTest, WaitingReadsHearOfTheQueuesEndAndOfTheLogs) {
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

TEST_F(QueueShardTest, OnlyQueuesThatKeepTheirMessagesAreRead) {
    declare();
    publish("a");
    commit();
    EXPECT_EQ(read({Kind::first}).value().answer, Answer::no_such_queue);
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

}  // namespace
}  // namespace weir::queue
