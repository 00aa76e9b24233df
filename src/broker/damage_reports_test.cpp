// Damaged logs are told of until the controller has answered, and again where nobody could replace them.
#include "broker/damage_reports.hpp"

#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "support/batch_builder.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_timed_executor.hpp"
#include "support/small_store.hpp"

namespace weir::broker {
namespace {

class DamageReportsTest : public ::testing::Test, private log::CommitListener {
  protected:
    DamageReportsTest() {
        set_log_level(LogLevel::off);
        store_ = test::open_store(files_, clock_, *this);
        for (int partition = 0; partition < 2; ++partition) {
            EXPECT_TRUE(log(partition)->append(test::shared_batch({}), LeaderEpoch{0}, 0));
            EXPECT_TRUE(store_->commit_once());
        }
        reports_.emplace(
            DamageReportOptions{.tick_ms = 100, .again_ms = 5000}, *store_, executor_, clock_,
            [this](DamageReports::Items items, auto done) {
                asked_.push_back(std::move(items));
                answer_ = std::move(done);
            },
            [this](const log::LogKey& refilled, LeaderEpoch epoch) {
                refilled_.emplace_back(refilled.partition, epoch);
            },
            [](const log::LogKey&) { return std::string{"a partition"}; });
    }
    ~DamageReportsTest() override {
        reports_->stop();
        set_log_level(LogLevel::info);
    }
    void on_commit(const log::Commit&) override {}
    log::LogKey key(int partition) const { return {topic_, PartitionId{partition}}; }
    std::shared_ptr<log::PartitionLog> log(int partition) {
        return store_->open_log(key(partition), "t", {}).value();
    }
    void flip_bit(int partition) {
        const auto part = fmt::format("/{}-", partition);
        for (const auto& path : files_.paths())
            if (path.find(part) != std::string::npos && path.ends_with(".log")) files_.flip_bit(path, 70);
    }
    void damage(int partition) {
        flip_bit(partition);
        EXPECT_FALSE(log(partition)->verify(Offset{0}, 1000));
    }
    void run_ms(std::int64_t duration) {
        for (std::int64_t ms = 0; ms < duration; ms += 10) {
            clock_.advance_ms(10);
            executor_.run_all();
        }
    }
    void answer(const std::vector<Result<LeaderEpoch>>& outcomes) {
        std::exchange(answer_, nullptr)(outcomes);
    }

    test::ManualClock clock_;
    test::ManualTimedExecutor executor_{clock_};
    test::FaultyFileSystem files_;
    Uuid topic_ = Uuid::from_random(1, 2);
    std::unique_ptr<log::LogStore> store_;
    std::vector<DamageReports::Items> asked_;
    std::function<void(const DamageReports::Outcomes&)> answer_;
    std::vector<std::pair<PartitionId, LeaderEpoch>> refilled_;
    std::optional<DamageReports> reports_;
};

TEST_F(DamageReportsTest, ThereIsNothingToTellOfSoundLogs) {
    reports_->start();
    run_ms(1000);
    EXPECT_TRUE(asked_.empty());
    EXPECT_TRUE(reports_->has_told_all());
}

TEST_F(DamageReportsTest, WhatIsDamagedIsToldUntilItIsAnswered) {
    damage(0);
    EXPECT_FALSE(reports_->has_told_all());
    reports_->start();
    run_ms(200);
    ASSERT_EQ(asked_.size(), 1u);
    EXPECT_EQ(asked_[0], (DamageReports::Items{{topic_, PartitionId{0}}}));
    run_ms(1000);
    EXPECT_EQ(asked_.size(), 1u) << "one question at a time";
    std::exchange(answer_, nullptr)(std::nullopt);  // nobody knows
    EXPECT_FALSE(reports_->has_told_all());
    run_ms(200);
    ASSERT_EQ(asked_.size(), 2u);
    answer({LeaderEpoch{7}});
    EXPECT_TRUE(reports_->has_told_all());
    EXPECT_EQ(refilled_, (std::vector{std::pair{PartitionId{0}, LeaderEpoch{7}}}));
    run_ms(10'000);
    EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(DamageReportsTest, TheLastReplicaIsToldOfAgainAndAgain) {
    damage(0);
    damage(1);
    reports_->start();
    run_ms(200);
    ASSERT_EQ(asked_.size(), 1u);
    answer({Errc::no_eligible_leader, LeaderEpoch{3}});
    EXPECT_TRUE(reports_->has_told_all());
    EXPECT_EQ(refilled_.size(), 1u);
    run_ms(4000);
    EXPECT_EQ(asked_.size(), 1u);
    run_ms(2000);
    ASSERT_EQ(asked_.size(), 2u);
    EXPECT_EQ(asked_[1], (DamageReports::Items{{topic_, PartitionId{0}}}));
    answer({LeaderEpoch{4}});
    EXPECT_EQ(refilled_.size(), 2u);
}

TEST_F(DamageReportsTest, AnotherDamageIsToldOfAnew) {
    damage(0);
    reports_->start();
    run_ms(200);
    answer({LeaderEpoch{3}});
    ASSERT_TRUE(log(0)->reset_to(Offset{0}));
    ASSERT_TRUE(store_->commit_once());
    ASSERT_TRUE(log(0)->append(test::shared_batch({}), LeaderEpoch{0}, 0));
    ASSERT_TRUE(store_->commit_once());
    damage(0);
    EXPECT_FALSE(reports_->has_told_all());
    run_ms(200);
    EXPECT_EQ(asked_.size(), 2u);
}

}  // namespace
}  // namespace weir::broker
