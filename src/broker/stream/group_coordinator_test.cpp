// The coordinator over real logs on a file system in memory: durable answers, restarts, failures, rewriting.
#include "broker/stream/group_coordinator.hpp"

#include <gtest/gtest.h>

#include "log/batch_format.hpp"
#include "support/group_members.hpp"
#include "support/manual_timed_executor.hpp"
#include "support/small_store.hpp"

namespace weir::stream {
namespace {

using namespace test;

class GroupCoordinatorTest : public testing::Test, public log::CommitListener {
  protected:
    static constexpr std::int32_t shard_count = 3;

    GroupCoordinatorTest() { open(); }

    void on_commit(const log::Commit& commit) override {
        if (coordinator_) coordinator_->on_commit(commit);
    }

    void open() {
        store_ = open_store(files_, clock_, *this, small_store(1 << 20));
        coordinator_ = std::make_unique<GroupCoordinator>(options_, clock_,
                                                          [this] { return std::to_string(++members_made_); });
        coordinator_->set_shards(shard_count);
        for (std::int32_t i = 0; i < shard_count; ++i) {
            log::LogConfig config;
            config.segment_bytes = 64 << 10;
            config.retention_ms = -1;
            logs_.push_back(
                store_->open_log({topic_, PartitionId{i}}, std::string(offsets_topic), config).value());
            coordinator_->lead(PartitionId{i}, {logs_.back(), LeaderEpoch{0}, &executor_});
        }
    }
    void close() {
        coordinator_.reset();
        logs_.clear();
        store_.reset();
    }
    void crash(Crash kind) {
        files_.stop_at(files_.steps());  // nothing that the end of the objects does has an effect
        close();
        files_.crash(kind);
        open();
        run();
    }
    void run() { executor_.run_all(); }
    void commit() {
        store_->commit_once();
        run();
    }

    template <class R>
    std::shared_ptr<std::optional<typename R::Reply>> ask(R request) {
        auto answer = std::make_shared<std::optional<typename R::Reply>>();
        coordinator_->ask<R>(std::move(request), [answer](typename R::Reply reply) {
            EXPECT_FALSE(*answer) << "answered twice";
            *answer = std::move(reply);
        });
        run();
        return answer;
    }
    template <class R>
    typename R::Reply ask_and_commit(R request) {
        const auto answer = ask(std::move(request));
        commit();
        return answer->value();
    }
    CommitRequest commit_request(std::int64_t offset, const std::string& group = "g") {
        CommitRequest request;
        request.group = group;
        request.offsets = {{{"orders", PartitionId{0}}, Offset{offset}, no_epoch, ""}};
        return request;
    }
    static CommitRequest commit_of_partitions(const std::string& group, int count, std::int64_t offset) {
        CommitRequest request;
        request.group = group;
        for (int i = 0; i < count; ++i)
            request.offsets.push_back({{"orders", PartitionId{i}}, Offset{offset}, no_epoch, ""});
        return request;
    }
    // A name that begins so and lies in the same shard.
    static std::string beside(const std::string& group, const std::string& begin) {
        for (int i = 0;; ++i) {
            auto name = begin + std::to_string(i);
            if (shard_of(name, shard_count) == shard_of(group, shard_count)) return name;
        }
    }
    std::int64_t fetched(const std::string& group = "g") {
        const auto reply = ask(FetchOffsetsRequest{group, {{{"orders", PartitionId{0}}}}});
        return reply->value().error ? -2 : reply->value().offsets.at(0).offset.value;
    }
    log::PartitionLog& log_of(const std::string& group) {
        return *logs_.at(static_cast<std::size_t>(shard_of(group, shard_count)));
    }
    JoinReply stable_member() {
        const auto id = ask(join_request())->value().member_id;
        const auto join = ask(join_request(id));
        clock_.advance_ms(3'000);
        run();
        const auto reply = join->value();
        EXPECT_FALSE(ask_and_commit(sync_request(reply)).error);
        return reply;
    }

    FaultyFileSystem files_;
    ManualClock clock_;
    ManualTimedExecutor executor_{clock_};
    CoordinatorOptions options_;
    Uuid topic_ = Uuid::from_random(1, 2);
    int members_made_ = 0;
    std::unique_ptr<log::LogStore> store_;
    std::vector<std::shared_ptr<log::PartitionLog>> logs_;
    std::unique_ptr<GroupCoordinator> coordinator_;
};

TEST(ShardOf, IsWhatJavasClientsCompute) {
    // hashCode() of these, by the language's specification: "abc" 96354, "" 0, U+20AC 8364,
    // U+1F600 is the units D83D DE00, "polygenelubricants" the smallest number, whose absolute value is none
    EXPECT_EQ(shard_of("abc", 50), 96354 % 50);
    EXPECT_EQ(shard_of("", 50), 0);
    EXPECT_EQ(shard_of("\xe2\x82\xac", 1000), 364);
    EXPECT_EQ(shard_of("\xf0\x9f\x98\x80", 1'000'000), (0xd83d * 31 + 0xde00) % 1'000'000);
    EXPECT_EQ(shard_of("polygenelubricants", 50), 0);
    EXPECT_EQ(shard_of("my-group", 50), 12);
    EXPECT_GE(shard_of("\xff\xc3", 50), 0);
}

TEST_F(GroupCoordinatorTest, AnswersOnlyWhatIsDurable) {
    run();
    const auto answer = ask(commit_request(5));
    EXPECT_FALSE(*answer);
    const auto read = ask(FetchOffsetsRequest{"g", std::nullopt});  // it would show what may yet be lost
    EXPECT_FALSE(*read);
    commit();
    ASSERT_TRUE(*answer);
    EXPECT_FALSE((*answer)->error);
    ASSERT_TRUE(*read);
    EXPECT_EQ((*read)->offsets.at(0).offset, Offset{5});
}

TEST_F(GroupCoordinatorTest, AnswersAtOnceWhatNeedsNoLog) {
    run();
    EXPECT_EQ(code(ask(join_request())->value()), Errc::member_id_required);
    EXPECT_EQ(fetched(), -1);
    EXPECT_EQ(code(ask(HeartbeatRequest{"g", "nobody", std::nullopt, 1})->value()), Errc::unknown_member);
}

TEST_F(GroupCoordinatorTest, IsLoadingUntilTheLogIsRead) {
    run();
    ask_and_commit(commit_request(7));
    close();
    open();
    // The first task begins to load; this one comes behind it, while there is more to read.
    auto answer = std::make_shared<std::optional<FetchOffsetsReply>>();
    coordinator_->ask<FetchOffsetsRequest>({"g", std::nullopt},
                                           [answer](auto reply) { *answer = std::move(reply); });
    run();
    EXPECT_EQ(code(answer->value()), Errc::coordinator_loading);
    EXPECT_EQ(fetched(), 7);
}

TEST_F(GroupCoordinatorTest, AcknowledgedOffsetsSurviveAPowerCut) {
    run();
    for (int i = 0; i < 200; ++i)
        ASSERT_FALSE(ask_and_commit(commit_request(i, fmt::format("g{}", i % 20))).error);
    crash(Crash::power_cut);
    for (int i = 180; i < 200; ++i) EXPECT_EQ(fetched(fmt::format("g{}", i % 20)), i);
}

TEST_F(GroupCoordinatorTest, MembersGoOnAfterARestart) {
    run();
    const auto member = stable_member();
    crash(Crash::kill);
    EXPECT_FALSE(ask(heartbeat_of(member))->value().error);
    EXPECT_FALSE(ask_and_commit(commit_of(member, 3)).error);
}

TEST_F(GroupCoordinatorTest, TimeDropsMembersWithoutAnyRequest) {
    run();
    stable_member();
    clock_.advance_ms(10'000);
    run();
    commit();
    EXPECT_EQ(ask(DescribeRequest{"g"})->value().state, GroupState::empty);
}

TEST_F(GroupCoordinatorTest, AFullDiskRefusesCommitsAndServesTheRest) {
    run();
    const auto member = stable_member();
    ask_and_commit(commit_of(member, 1));
    files_.set_capacity(1);
    std::optional<Errc> refused;
    for (int i = 0; i < 2'000 && !refused; ++i) refused = code(ask_and_commit(commit_of(member, 2)));
    ASSERT_EQ(refused, Errc::coordinator_not_available);
    run();
    EXPECT_FALSE(ask(heartbeat_of(member))->value().error);
    const auto before = fetched();
    EXPECT_GE(before, 1);
    EXPECT_EQ(code(ask_and_commit(commit_of(member, 9))), Errc::coordinator_not_available);
    EXPECT_EQ(fetched(), before);
    files_.set_capacity(UINT64_MAX);
    for (int i = 0; i < 100 && refused; ++i) {
        clock_.advance_ms(1'000);
        ask(heartbeat_of(member));
        store_->maintain();
        refused = code(ask_and_commit(commit_of(member, 10)));
    }
    EXPECT_EQ(refused, std::nullopt);
    EXPECT_EQ(fetched(), 10);
}

TEST_F(GroupCoordinatorTest, WhatTheLogLosesIsAnsweredWithAnErrorAndForgotten) {
    run();
    ask_and_commit(commit_request(1));
    files_.inject({.operation = Operation::write, .times = 1});
    const auto lost = ask(commit_request(2));
    const auto join = ask(join_request(ask(join_request())->value_or(JoinReply{}).member_id));
    commit();
    ASSERT_TRUE(*lost);
    EXPECT_EQ(code(**lost), Errc::coordinator_not_available);
    files_.clear_faults();
    commit();
    EXPECT_EQ(fetched(), 1);
    std::optional<Errc> still = Errc::io_error;
    for (int i = 0; i < 100 && still; ++i) {
        clock_.advance_ms(1'000);
        still = code(ask_and_commit(commit_request(3)));
    }
    EXPECT_EQ(still, std::nullopt);
    EXPECT_EQ(fetched(), 3);
}

TEST_F(GroupCoordinatorTest, AParkedJoinIsAnsweredWhenItsShardReadsItsLogAgain) {
    run();
    const auto id = ask(join_request())->value().member_id;
    const auto join = ask(join_request(id));
    EXPECT_FALSE(*join);
    coordinator_->on_commit({.ticket = 99,
                             .advanced = {},
                             .failed = std::vector<log::FailedAppend>{
                                 {logs_.at(static_cast<std::size_t>(shard_of("g", shard_count))), Offset{0},
                                  Error{Errc::io_error, "injected"}}}});
    run();
    EXPECT_EQ(code(join->value()), Errc::coordinator_not_available);
    EXPECT_EQ(code(ask(join_request(id))->value()), Errc::unknown_member);
}

TEST_F(GroupCoordinatorTest, ALogThatCannotBeReadIsTriedAgain) {
    run();
    ask_and_commit(commit_request(1));
    crash(Crash::kill);
    files_.inject({.operation = Operation::read, .times = 1});
    coordinator_->on_commit({.ticket = 1,
                             .advanced = {},
                             .failed = std::vector<log::FailedAppend>{
                                 {logs_.at(static_cast<std::size_t>(shard_of("g", shard_count))), Offset{0},
                                  Error{Errc::io_error, "injected"}}}});
    run();
    EXPECT_EQ(fetched(), -2);
    clock_.advance_ms(1'000);
    run();
    EXPECT_EQ(fetched(), 1);
}

TEST_F(GroupCoordinatorTest, ADamagedLogIsNotBelieved) {
    run();
    ask_and_commit(commit_request(1));
    ASSERT_TRUE(store_->stop());
    close();
    for (const auto& path : files_.paths()) {
        if (path.ends_with(".log")) files_.flip_bit(path, log::batch_header_size + 20);
    }
    open();
    run();
    EXPECT_EQ(fetched(), -2);  // no answer is better than a wrong one
}

TEST_F(GroupCoordinatorTest, RewritesItsLogWhenMostOfItIsOld) {
    close();
    options_.rewrite_bytes = 200 << 10;
    options_.batch_bytes = 1'000;
    open();
    run();
    const auto member = stable_member();
    for (int i = 0; i < 20; ++i) ask_and_commit(commit_request(i, fmt::format("other-{}", i)));
    for (int i = 1; i <= 10'000; ++i) {
        const auto answer = ask(commit_of(member, i));
        if (i % 50 == 0) commit();
        if (i % 1000 == 0) ask(heartbeat_of(member));
    }
    commit();
    EXPECT_GT(log_of("g").log_start(), Offset{5'000});
    EXPECT_LT(log_of("g").size_bytes(), 400u << 10);
    crash(Crash::power_cut);
    EXPECT_EQ(fetched(), 10'000);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(fetched(fmt::format("other-{}", i)), i);
    EXPECT_FALSE(ask(heartbeat_of(member))->value().error);
}

TEST_F(GroupCoordinatorTest, LoadsInManyShortTurns) {
    constexpr int offsets = 300;
    close();
    options_.batch_bytes = 500;
    options_.slice_bytes = 2'000;
    options_.slice_records = 10;
    open();
    run();
    ask_and_commit(commit_request(offsets));
    ask_and_commit(commit_of_partitions("g", offsets, 5));
    const auto bytes = log_of("g").size_bytes();
    close();
    open();
    std::uint64_t refused = 0;
    // Each request comes behind what the load has posted, and before what it posts next.
    for (bool is_loading = true; is_loading; refused += is_loading) {
        std::optional<Errc> error = Errc::internal;
        coordinator_->ask<FetchOffsetsRequest>({"g", std::nullopt},
                                               [&](const auto& reply) { error = code(reply); });
        while (error == Errc::internal) executor_.run_one();
        is_loading = error == Errc::coordinator_loading;
    }
    EXPECT_GE(refused, bytes / options_.slice_bytes + offsets / options_.slice_records);
    run();
    const auto all = ask(FetchOffsetsRequest{"g", std::nullopt})->value();
    ASSERT_EQ(all.offsets.size(), static_cast<std::size_t>(offsets));
    for (const auto& each : all.offsets) EXPECT_EQ(each.offset, Offset{5});
}

TEST_F(GroupCoordinatorTest, LoadsOneShardAfterTheOther) {
    constexpr int offsets = 100;
    close();
    options_.slice_records = 10;
    open();
    run();
    std::vector<std::string> groups(shard_count);
    for (int i = 0; i < 100; ++i) {
        const auto name = "g" + std::to_string(i);
        groups[static_cast<std::size_t>(shard_of(name, shard_count))] = name;
    }
    for (const auto& group : groups) ask_and_commit(commit_of_partitions(group, offsets, 5));
    close();
    open();
    std::vector<int> ready_at(shard_count, 0);
    for (int turn = 1; std::ranges::count(ready_at, 0) > 0; ++turn) {
        std::size_t answers = 0;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            coordinator_->ask<FetchOffsetsRequest>({groups[i], std::nullopt}, [&, i](const auto& reply) {
                ++answers;
                if (!reply.error && ready_at[i] == 0) ready_at[i] = turn;
            });
        }
        while (answers < groups.size()) executor_.run_one();
    }
    constexpr auto turns = offsets / 10;
    EXPECT_GE(ready_at[0], turns);
    EXPECT_GE(ready_at[1], ready_at[0] + turns);
    EXPECT_GE(ready_at[2], ready_at[1] + turns);
}

TEST_F(GroupCoordinatorTest, RewritesInSlicesWhileRequestsGoOn) {
    close();
    options_.rewrite_bytes = 20 << 10;
    options_.slice_records = 10;
    open();
    run();
    const auto early = beside("g", "a"), deleted_early = beside("g", "b");
    const auto late = beside("g", "y"), deleted_late = beside("g", "z");
    for (const auto& name : {early, deleted_early, late, deleted_late})
        ask_and_commit(commit_request(1, name));
    ask_and_commit(commit_of_partitions("g", 100, 1));
    const auto& log = log_of("g");
    const auto grown_by = [&](auto&& action) {
        const auto before = log.end();
        action();
        return log.end() - before;
    };
    std::int64_t last = 1;
    while (grown_by([&] { ask(commit_request(++last)); }) == 1) commit();
    const auto start = log.end() - 10;  // the commit's record, then the first slice of ten
    for (int i = 0; i < 3; ++i) EXPECT_EQ(grown_by([&] { commit(); }), 10);

    const auto changed = {ask(commit_request(2, early)), ask(commit_request(3, late)),
                          ask(commit_request(4, beside("g", "c")))};
    const auto removed = {ask(DeleteGroupRequest{deleted_early}), ask(DeleteGroupRequest{deleted_late})};
    EXPECT_LT(log.log_start(), start);
    for (int i = 0; i < 20; ++i) EXPECT_LE(grown_by([&] { commit(); }), 10);
    for (const auto& answer : changed) EXPECT_FALSE(answer->value().error);
    for (const auto& answer : removed) EXPECT_FALSE(answer->value().error);
    EXPECT_EQ(log.log_start(), start);

    crash(Crash::power_cut);
    EXPECT_EQ(fetched(), last);
    EXPECT_EQ(fetched(early), 2);
    EXPECT_EQ(fetched(late), 3);
    EXPECT_EQ(fetched(beside("g", "c")), 4);
    EXPECT_EQ(fetched(deleted_early), -1);
    EXPECT_EQ(fetched(deleted_late), -1);
    EXPECT_EQ(ask(FetchOffsetsRequest{"g", std::nullopt})->value().offsets.size(), 100u);
}

TEST_F(GroupCoordinatorTest, ARewritingThatTheLogLosesBeginsAnew) {
    close();
    options_.rewrite_bytes = 20 << 10;
    options_.slice_records = 10;
    open();
    run();
    ask_and_commit(commit_of_partitions("g", 100, 1));
    std::int64_t last = 1;
    for (Offset before; before + 1 >= log_of("g").end(); ask(commit_request(++last))) {
        commit();
        before = log_of("g").end();
    }
    files_.inject({.operation = Operation::write, .times = 1});
    commit();
    files_.clear_faults();
    clock_.advance_ms(1'000);
    run();
    for (int i = 0; i < 300; ++i) ask_and_commit(commit_request(++last));
    for (int i = 0; i < 20; ++i) commit();
    EXPECT_GT(log_of("g").log_start(), Offset{0});
    crash(Crash::power_cut);
    EXPECT_EQ(fetched(), last);
    EXPECT_EQ(ask(FetchOffsetsRequest{"g", std::nullopt})->value().offsets.size(), 100u);
}

TEST_F(GroupCoordinatorTest, ListsTheGroupsOfAllShards) {
    run();
    for (int i = 0; i < 10; ++i) ask_and_commit(commit_request(i, fmt::format("g{}", i)));
    const auto all = ask(ListRequest{})->value();
    EXPECT_FALSE(all.error);
    ASSERT_EQ(all.groups.size(), 10u);
    EXPECT_EQ(all.groups[0].group, "g0");
    EXPECT_EQ(all.groups[9].group, "g9");
}

TEST_F(GroupCoordinatorTest, ForgetsDeletedTopicsInAllShards) {
    run();
    for (int i = 0; i < 10; ++i) ask_and_commit(commit_request(i, fmt::format("g{}", i)));
    EXPECT_FALSE(ask_and_commit(ForgetTopicsRequest{{"orders"}}).error);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(fetched(fmt::format("g{}", i)), -1);
}

TEST_F(GroupCoordinatorTest, AShardThatHasGoneAnswersThatAnotherNodeLooksAfterIt) {
    run();
    EXPECT_FALSE(ask_and_commit(commit_request(7)).error);
    const PartitionId shard{shard_of("g", shard_count)};
    const auto written = ask(commit_request(8));
    coordinator_->resign(shard);
    coordinator_->resign(shard);
    run();
    EXPECT_EQ(code(written->value()), Errc::not_coordinator);
    EXPECT_EQ(code(ask(commit_request(9))->value()), Errc::not_coordinator);
    EXPECT_FALSE(ask(ListRequest{})->value().error);
    commit();
    coordinator_->lead(shard, {logs_.at(static_cast<std::size_t>(shard.value)), LeaderEpoch{1}, &executor_});
    run();
    EXPECT_EQ(fetched(), 8);  // it was on its way: the outcome was not known
    EXPECT_FALSE(ask_and_commit(commit_request(9)).error);
    EXPECT_EQ(fetched(), 9);
    const auto late = ask(commit_request(10));
    coordinator_->lead(shard, {logs_.at(static_cast<std::size_t>(shard.value)), LeaderEpoch{2}, &executor_});
    run();
    EXPECT_EQ(code(late->value()), Errc::not_coordinator);
}

TEST_F(GroupCoordinatorTest, StoppingAnswersEverybody) {
    run();
    const auto id = ask(join_request())->value().member_id;
    const auto join = ask(join_request(id));
    const auto written = ask(commit_request(1, "h"));
    coordinator_->stop();
    run();
    EXPECT_EQ(code(join->value()), Errc::coordinator_not_available);
    EXPECT_EQ(code(written->value()), Errc::coordinator_not_available);
    EXPECT_EQ(code(ask(join_request())->value()), Errc::coordinator_not_available);
    commit();
    clock_.advance_ms(100'000);
    run();
}

}  // namespace
}  // namespace weir::stream
