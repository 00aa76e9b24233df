// A follower's log: batches taken over as they are, the end cut off, and the same again after a power cut.
#include <gtest/gtest.h>

#include "log/batch_format.hpp"
#include "log/log_store.hpp"
#include "support/batch_builder.hpp"
#include "support/manual_clock.hpp"
#include "support/small_store.hpp"

namespace weir::log {
namespace {

class NobodyListens : public CommitListener {
    void on_commit(const Commit&) override {}
};

class PartitionCutTest : public ::testing::Test {
  protected:
    PartitionCutTest() { open(); }
    ~PartitionCutTest() override {
        log_.reset();
        store_.reset();
    }

    void open(Durability durability = Durability::journal) {
        store_ = LogStore::open(test::small_store(), files_, clock_, listener_).value();
        LogConfig config;
        config.segment_bytes = 400;
        config.durability = durability;
        log_ = store_->open_log({Uuid::from_random(1, 2), PartitionId{0}}, "orders", config).value();
    }
    void restart(test::Crash crash, Durability durability = Durability::journal) {
        files_.stop_at(0);
        log_.reset();
        store_.reset();
        files_.crash(crash);
        open(durability);
    }

    static Bytes batch(std::int64_t offset, std::int32_t epoch, std::int32_t records = 1,
                       std::int32_t sequence = -1) {
        test::BatchSpec spec{
            .records = records, .bytes = 50, .seed = static_cast<std::uint64_t>(offset + epoch * 99)};
        if (sequence >= 0)
            spec.producer = ProducerId{7}, spec.epoch = ProducerEpoch{0}, spec.sequence = sequence;
        auto bytes = test::make_batch(spec);
        set_base_offset(bytes, Offset{offset});
        set_leader_epoch(bytes, LeaderEpoch{epoch});
        return bytes;
    }
    Result<Appended> append(Bytes bytes) {
        auto appended = log_->append_as_follower(test::shared(std::move(bytes)), clock_.wall_ms());
        if (appended) store_->commit_once();
        return appended;
    }
    // One record a batch, from `from` to `to`, all of one epoch and of producer 7.
    void fill(std::int64_t from, std::int64_t to, std::int32_t epoch) {
        for (auto at = from; at < to; ++at) {
            ASSERT_TRUE(append(batch(at, epoch, 1, static_cast<std::int32_t>(at))));
        }
    }
    void cut(std::int64_t offset) {
        ASSERT_TRUE(log_->truncate_to(Offset{offset}));
        store_->commit_once();
    }
    Bytes all() {
        Bytes bytes;
        for (auto from = log_->log_start(); from < log_->durable_end();) {
            const auto ranges = log_->read(from, log_->durable_end(), 1).value();
            Bytes part(ranges.front().size);
            EXPECT_EQ(ranges.front().file->read(ranges.front().position, part).value(), part.size());
            from = BatchView{part.data()}.next_offset();
            bytes.insert(bytes.end(), part.begin(), part.end());
        }
        return bytes;
    }
    std::int32_t last_sequence() const {
        const auto producers = log_->producers();
        return producers.empty() ? -1 : producers.front().last_sequence;
    }

    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    NobodyListens listener_;
    std::unique_ptr<LogStore> store_;
    std::shared_ptr<PartitionLog> log_;
};

TEST_F(PartitionCutTest, ABatchIsTakenOverAsItIs) {
    auto two = batch(0, 3, 2);
    const auto next = batch(2, 4);
    two.insert(two.end(), next.begin(), next.end());
    const auto appended = append(two);
    ASSERT_TRUE(appended);
    EXPECT_EQ(appended->base_offset, Offset{0});
    EXPECT_EQ(all(), two);
    EXPECT_EQ(log_->end_of_epoch(LeaderEpoch{3})->end, Offset{2});
    EXPECT_EQ(log_->last_epoch(), LeaderEpoch{4});
}

TEST_F(PartitionCutTest, WhatDoesNotFitIsRefusedWhole) {
    fill(0, 3, 2);
    EXPECT_EQ(append(batch(4, 2)).error().code, Errc::offset_out_of_range);
    EXPECT_EQ(append(batch(2, 2)).error().code, Errc::offset_out_of_range);
    EXPECT_EQ(append(batch(3, 1)).error().code, Errc::fenced_leader_epoch);
    auto gap = batch(3, 2);
    const auto later = batch(5, 2);
    gap.insert(gap.end(), later.begin(), later.end());
    EXPECT_EQ(append(gap).error().code, Errc::corrupt);
    auto damaged = batch(3, 2);
    damaged.back() ^= 1;
    EXPECT_EQ(append(damaged).error().code, Errc::corrupt);
    auto half = batch(3, 2);
    half.pop_back();
    EXPECT_EQ(append(half).error().code, Errc::corrupt);
    EXPECT_EQ(append({}).error().code, Errc::invalid_argument);
    EXPECT_EQ(log_->end(), Offset{3});
}

TEST_F(PartitionCutTest, ACutTakesEpochsProducersAndSegmentsBack) {
    fill(0, 20, 1);
    fill(20, 40, 3);
    const auto whole = all();
    EXPECT_EQ(last_sequence(), 39);
    cut(15);
    EXPECT_EQ(log_->end(), Offset{15});
    EXPECT_EQ(log_->durable_end(), Offset{15});
    EXPECT_EQ(log_->last_epoch(), LeaderEpoch{1});
    EXPECT_EQ(log_->end_of_epoch(LeaderEpoch{3})->end, Offset{15});
    EXPECT_EQ(last_sequence(), 14);  // of which the table had forgotten
    const auto kept = all();
    EXPECT_TRUE(std::ranges::equal(kept, ByteView{whole}.first(kept.size())));
    EXPECT_EQ(kept.size(), log_->size_bytes());
    fill(15, 30, 5);
    EXPECT_EQ(log_->last_epoch(), LeaderEpoch{5});
    EXPECT_EQ(log_->end_of_epoch(LeaderEpoch{4})->end, Offset{15});
    EXPECT_EQ(last_sequence(), 29);
}

TEST_F(PartitionCutTest, NothingIsOnItsWayDuringACut) {
    fill(0, 5, 1);
    ASSERT_TRUE(log_->append_as_follower(test::shared(batch(5, 1)), 0));
    EXPECT_EQ(log_->truncate_to(Offset{2}).error().code, Errc::busy);
    store_->commit_once();
    ASSERT_TRUE(log_->truncate_to(Offset{2}));
    EXPECT_EQ(log_->append_as_follower(test::shared(batch(6, 1)), 0).error().code, Errc::busy);
    EXPECT_EQ(log_->append(test::shared_batch({}), LeaderEpoch{2}, 0).error().code, Errc::busy);
    EXPECT_EQ(log_->truncate_to(Offset{1}).error().code, Errc::busy);
    EXPECT_EQ(log_->delete_before(Offset{3}).error().code, Errc::busy);
    store_->commit_once();
    EXPECT_EQ(log_->end(), Offset{2});
    EXPECT_EQ(log_->truncate_to(Offset{3}).error().code, Errc::offset_out_of_range);
    EXPECT_TRUE(append(batch(2, 2)));
}

// The log alone does not say so: after the cut, it has nothing of a later epoch yet.
TEST_F(PartitionCutTest, WhoStillBelievesToLeadAppendsNothing) {
    fill(0, 3, 4);
    log_->fence(LeaderEpoch{5});
    ASSERT_TRUE(log_->truncate_to(Offset{2}));
    store_->commit_once();
    const auto late = [&](int epoch) {
        return log_->append(test::shared(batch(0, 0)), LeaderEpoch{epoch}, clock_.wall_ms());
    };
    EXPECT_EQ(late(4).error().code, Errc::not_leader);
    log_->fence(LeaderEpoch{4});
    EXPECT_EQ(late(4).error().code, Errc::not_leader);
    EXPECT_EQ(log_->end(), Offset{2});
    EXPECT_TRUE(late(5));
}

TEST_F(PartitionCutTest, AFailedCutChangesNothing) {
    fill(0, 20, 1);
    files_.inject({.operation = test::Operation::write, .path = "journal", .times = 1});
    cut(5);
    EXPECT_EQ(log_->end(), Offset{20});
    EXPECT_TRUE(append(batch(20, 1)));
    cut(5);
    EXPECT_EQ(log_->end(), Offset{5});
}

TEST_F(PartitionCutTest, AResetGoesOnElsewhere) {
    fill(0, 20, 1);
    ASSERT_TRUE(log_->reset_to(Offset{100}));
    store_->commit_once();
    EXPECT_EQ(log_->log_start(), Offset{100});
    EXPECT_EQ(log_->end(), Offset{100});
    EXPECT_EQ(log_->last_epoch(), no_epoch);
    EXPECT_EQ(log_->size_bytes(), 0u);
    fill(100, 110, 4);
    const auto before = all();
    restart(test::Crash::power_cut);
    EXPECT_EQ(log_->log_start(), Offset{100});
    EXPECT_EQ(all(), before);
}

// Old bytes, of before the cut, are in files and in the journal.
TEST_F(PartitionCutTest, ACutOutlivesPowerCuts) {
    for (const auto durability : {Durability::journal, Durability::page_cache}) {
        for (std::uint64_t checkpoint = 0; checkpoint < 4; ++checkpoint) {
            restart(test::Crash::kill, durability);
            ASSERT_TRUE(log_->reset_to(Offset{0}));
            store_->commit_once();
            fill(0, 20, 1);
            if (checkpoint & 1) ASSERT_TRUE(store_->checkpoint_once());
            fill(20, 30, 1);
            cut(12);
            if (checkpoint & 2) ASSERT_TRUE(store_->checkpoint_once());
            fill(12, 28, 2);
            cut(17);
            fill(17, 25, 3);
            const auto before = all();
            restart(durability == Durability::journal ? test::Crash::power_cut : test::Crash::kill,
                    durability);
            EXPECT_EQ(all(), before);
            EXPECT_EQ(log_->end_of_epoch(LeaderEpoch{1})->end, Offset{12});
            EXPECT_EQ(log_->end_of_epoch(LeaderEpoch{2})->end, Offset{17});
            EXPECT_EQ(last_sequence(), 24);
        }
    }
}

TEST_F(PartitionCutTest, ReadersStopAtTheHighWatermark) {
    fill(0, 10, 1);
    EXPECT_EQ(log_->readable_end(), Offset{10});
    log_->limit_readers(Offset{4});
    EXPECT_EQ(log_->readable_end(), Offset{4});
    log_->limit_readers(Offset{40});
    EXPECT_EQ(log_->readable_end(), Offset{10});
}

}  // namespace
}  // namespace weir::log
