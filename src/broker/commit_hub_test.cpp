// The news of commits: each waiter is told once, on its reactor, in order, and none is forgotten.
#include "broker/commit_hub.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace weir::broker {
namespace {

// Only an address and the watchers' bits matter here.
class StubLog final : public log::PartitionLog {
  public:
    Result<log::Appended> append(log::SharedSpan, LeaderEpoch, std::int64_t) override {
        return Errc::internal;
    }
    void fence(LeaderEpoch) override {}
    Result<log::Appended> append_as_follower(log::SharedSpan, std::int64_t) override {
        return Errc::internal;
    }
    Result<log::Ticket> truncate_to(Offset) override { return Errc::internal; }
    Result<log::Ticket> reset_to(Offset) override { return Errc::internal; }
    LeaderEpoch last_epoch() const override { return no_epoch; }
    Result<std::vector<log::FileRange>> read(Offset, Offset, std::size_t) override { return Errc::internal; }
    Result<std::optional<log::FileRange>> find_timestamp(std::int64_t, Offset) override {
        return Errc::internal;
    }
    Result<std::optional<log::FileRange>> find_max_timestamp() override { return Errc::internal; }
    Result<log::Ticket> delete_before(Offset) override { return Errc::internal; }
    std::optional<log::EpochEnd> end_of_epoch(LeaderEpoch) const override { return {}; }
    log::EpochEnd epoch_at(Offset) const override { return {}; }
    Result<log::Verified> verify(Offset, std::size_t) override { return Errc::internal; }
    std::optional<log::Damage> damage() const override { return {}; }
    bool is_damaged() const override { return false; }
    log::LogKey key() const override { return {}; }
    Offset log_start() const override { return {}; }
    Offset durable_end() const override { return Offset{durable.load()}; }
    Offset end() const override { return {}; }
    std::uint64_t size_bytes() const override { return 0; }
    void set_config(const log::LogConfig&) override {}
    std::vector<log::ProducerSummary> producers() const override { return {}; }

    std::atomic<std::int64_t> durable{0};
};

class CommitHubTest : public ::testing::Test {
  protected:
    CommitHubTest() { pool_.start(); }
    ~CommitHubTest() override { pool_.stop(); }

    // Runs `work` on a reactor and waits for it.
    void on(unsigned reactor, const std::function<void()>& work) {
        std::promise<void> done;
        pool_.at(reactor).post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    void commit(log::Ticket ticket, std::vector<std::shared_ptr<log::PartitionLog>> advanced = {},
                std::vector<log::FailedAppend> failed = {}) {
        hub_.on_commit({.ticket = ticket, .advanced = advanced, .failed = failed});
    }

    runtime::ReactorPool pool_{2};
    CommitHub hub_{pool_};
};

TEST_F(CommitHubTest, CallsWaitersOnceTheirTicketIsDecided) {
    std::vector<int> order;
    on(0, [&] {
        hub_.await(pool_.at(0), {1, 1}, [&](const Failures&) { order.push_back(1); });
        hub_.await(pool_.at(0), {3, 3}, [&](const Failures&) { order.push_back(3); });
    });
    commit(2);
    on(0, [&] { EXPECT_EQ(order, std::vector<int>({1})); });
    commit(3);
    on(0, [&] { EXPECT_EQ(order, std::vector<int>({1, 3})); });
}

TEST_F(CommitHubTest, CallsWhoComesAfterTheCommit) {
    commit(5);
    std::promise<void> called;
    on(1, [&] { hub_.await(pool_.at(1), {5, 5}, [&](const Failures&) { called.set_value(); }); });
    called.get_future().wait();
}

TEST_F(CommitHubTest, TellsWhichAppendsFailed) {
    const auto log = std::make_shared<StubLog>();
    const auto other = std::make_shared<StubLog>();
    std::promise<std::string> told;
    on(0, [&] {
        hub_.await(pool_.at(0), {6, 7}, [&](const Failures& failures) {
            const auto* error = failures.find(*log, Offset{12}, {6, 6});
            told.set_value(error == nullptr || failures.find(*other, Offset{12}, {6, 7}) != nullptr ||
                                   failures.find(*log, Offset{12}, {7, 7}) != nullptr
                               ? ""
                               : error->message);
        });
    });
    // The failed append was in the commit before the last one waited for; its offset has been given again.
    commit(6, {}, {{log, Offset{12}, Error{Errc::no_space, "full"}}});
    commit(7, {log});
    EXPECT_EQ(told.get_future().get(), "full");
}

class CountingWatch : public Watch {
  public:
    void on_advance() override { ++advances; }
    int advances = 0;
};

TEST_F(CommitHubTest, WakesOnlyThoseWhoWatchTheLog) {
    const auto watched = std::make_shared<StubLog>();
    const auto other = std::make_shared<StubLog>();
    const auto watch = std::make_shared<CountingWatch>();
    on(1, [&] { hub_.watch(pool_.at(1), watch, {watched}); });
    commit(1, {other});
    commit(2, {watched, other});
    on(1, [&] {
        EXPECT_EQ(watch->advances, 1);
        hub_.unwatch(pool_.at(1), *watch);
    });
    commit(3, {watched});
    on(1, [&] { EXPECT_EQ(watch->advances, 1); });
    EXPECT_EQ(watched->watchers.load(), 0u);
}

TEST_F(CommitHubTest, WakesThoseWhoWatchARemovedLog) {
    const auto removed = std::make_shared<StubLog>();
    const auto other = std::make_shared<StubLog>();
    const auto watch = std::make_shared<CountingWatch>(), bystander = std::make_shared<CountingWatch>();
    on(0, [&] {
        hub_.watch(pool_.at(0), watch, {removed, other});
        hub_.watch(pool_.at(0), bystander, {other});
    });
    hub_.on_removed({removed});
    on(0, [&] {
        EXPECT_EQ(watch->advances, 1);
        EXPECT_EQ(bystander->advances, 0);
        hub_.unwatch(pool_.at(0), *watch);
        hub_.unwatch(pool_.at(0), *bystander);
    });
    hub_.on_removed({removed});
    on(0, [&] { EXPECT_EQ(watch->advances, 1); });
}

TEST_F(CommitHubTest, WakesWatchesOfALogWithOtherReplicasWhenToldOrWhenAnAppendFails) {
    const auto log = std::make_shared<StubLog>();
    log->limit_readers(Offset{0});
    const auto watch = std::make_shared<CountingWatch>();
    const auto advances = [&] {
        int now = 0;
        on(0, [&] { now = watch->advances; });
        return now;
    };
    on(0, [&] { hub_.watch(pool_.at(0), watch, {log}); });
    commit(1, {log});
    EXPECT_EQ(advances(), 0);
    hub_.tell({log});
    EXPECT_EQ(advances(), 1);
    EXPECT_FALSE(hub_.is_decided({1, 2}));
    commit(2, {}, {{log, Offset{3}, Error{Errc::no_space, "full"}}});
    EXPECT_EQ(advances(), 2);
    EXPECT_TRUE(hub_.is_decided({1, 2}));
    EXPECT_TRUE(hub_.failures_of({1, 1}).empty());
    EXPECT_NE(hub_.failures_of({1, 2}).find(*log, Offset{3}, {2, 2}), nullptr);
    on(0, [&] { hub_.unwatch(pool_.at(0), *watch); });
}

// A reader that waits when the broker stops goes with it.
TEST_F(CommitHubTest, KeepsAWatchUntilItIsUnwatched) {
    const auto log = std::make_shared<StubLog>();
    auto hub = std::make_unique<CommitHub>(pool_);
    auto watch = std::make_shared<CountingWatch>();
    const std::weak_ptr<CountingWatch> kept = watch;
    on(0, [&] { hub->watch(pool_.at(0), watch, {log}); });
    watch.reset();
    EXPECT_FALSE(kept.expired());
    on(0, [&] { hub->unwatch(pool_.at(0), *kept.lock()); });
    EXPECT_TRUE(kept.expired());
    on(0, [&] { hub->watch(pool_.at(0), std::make_shared<CountingWatch>(), {log}); });
    pool_.stop();
    hub->drop_all();
    EXPECT_EQ(log.use_count(), 1);
}

// The committing thread and a reactor race for many tickets: every waiter must be told.
TEST_F(CommitHubTest, LosesNoWaiterInARace) {
    constexpr log::Ticket last = 20'000;
    std::atomic<log::Ticket> pending{1};
    std::atomic<int> told{0};
    int asked = 0;
    std::thread committer([&] {
        while (pending <= last) commit(pending++);
    });
    for (int i = 0; i < 2'000; ++i) {
        on(0, [&] {
            ++asked;
            const auto ticket = pending.load();
            hub_.await(pool_.at(0), {ticket, ticket}, [&](const Failures&) { ++told; });
        });
    }
    committer.join();
    commit(pending + 1);
    while (told < asked) on(0, [] {});
    EXPECT_EQ(told, asked);
}

}  // namespace
}  // namespace weir::broker
