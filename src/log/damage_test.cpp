// Damage to what was synced: found at the start, by reading and by the scrubber; remembered; given up by
// emptying.
#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "log/layout.hpp"
#include "log/log_store.hpp"
#include "support/batch_builder.hpp"
#include "support/manual_clock.hpp"
#include "support/small_store.hpp"

namespace weir::log {
namespace {

using test::Crash;

constexpr std::size_t all_bytes = 1 << 20;

// One log with three segments: offsets 0, 1 | 2, 3 | 4, all in the checkpoint.
class DamageTest : public ::testing::Test, private CommitListener {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        config_.segment_bytes = 1000;
        ASSERT_TRUE(open());
        append(5);
        ASSERT_TRUE(store_->checkpoint_once());
    }
    void TearDown() override {
        if (store_) crash(Crash::kill);
        set_log_level(LogLevel::info);
    }
    void on_commit(const Commit& commit) override { failed_ = commit.failed.size(); }
    Result<void> open() {
        auto opened = LogStore::open(test::small_store(), files_, clock_, *this);
        if (!opened) return opened.error();
        store_ = std::move(*opened);
        return {};
    }
    void crash(Crash kind) {
        files_.stop_at(0);
        store_.reset();
        files_.crash(kind);
    }
    // Between two runs of the process.
    template <class Harm>
    void while_down(Harm harm) {
        crash(Crash::kill);
        harm();
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
    }
    std::shared_ptr<PartitionLog> log() { return store_->open_log(key_, "orders", config_).value(); }
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            const auto batch = test::shared_batch({.bytes = 400, .seed = ++seed_});
            ASSERT_TRUE(log()->append(batch, LeaderEpoch{3}, clock_.wall_ms()));
            ASSERT_TRUE(store_->commit_once());
            ASSERT_EQ(failed_, 0u);
        }
    }
    std::string segment(int base) const {
        return folder_ + "/" + segment_stem(PartitionId{0}, Offset{base}) + ".log";
    }
    bool is_marked() const {
        const auto paths = files_.paths();
        return std::ranges::find(paths, folder_ + "/0.damaged") != paths.end();
    }
    Result<std::vector<FileRange>> read(int from) {
        return log()->read(Offset{from}, log()->durable_end(), all_bytes);
    }
    bool holds(Offset at) {
        while (at < log()->durable_end()) {
            const auto verified = log()->verify(at, all_bytes);
            if (!verified) return false;
            at = verified->next;
        }
        return true;
    }
    // Passes of the scrubber, as far as it goes without a pause of a minute.
    void scrub() {
        for (auto pause_us = store_->scrub_once(); pause_us < 60'000'000; pause_us = store_->scrub_once())
            clock_.advance_ms(pause_us / 1000 + 1);
    }
    void scrub_pass() {
        clock_.advance_ms(3600 * 1000);
        scrub();
    }

    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    LogConfig config_;
    LogKey key_{Uuid::from_random(1, 2), PartitionId{0}};
    std::string folder_ = "data/topics/" + topic_folder("orders", key_.topic_id);
    std::unique_ptr<LogStore> store_;
    std::size_t failed_ = 0;
    std::uint64_t seed_ = 0;
};

TEST_F(DamageTest, SoundLogsAreFoundToBeSound) {
    scrub();
    EXPECT_FALSE(log()->is_damaged());
    while_down([] {});
    scrub();
    EXPECT_TRUE(store_->damaged().empty());
    EXPECT_EQ(read(0).value().back().next, Offset{5});
    EXPECT_FALSE(is_marked());
}

TEST_F(DamageTest, EachBitOfABatchIsGuarded) {
    const auto size = files_.file_size(segment(2)).value();
    for (std::uint64_t at = 0; at < size; ++at) {
        files_.flip_bit(segment(2), at);
        EXPECT_FALSE(holds(Offset{2})) << at;
        files_.flip_bit(segment(2), at);
    }
    EXPECT_TRUE(log()->is_damaged());
}

TEST_F(DamageTest, AFlippedBitIsFoundByTheScrubberInARunningNode) {
    scrub();
    files_.flip_bit(segment(2), 300);
    scrub_pass();
    ASSERT_TRUE(log()->is_damaged());
    EXPECT_EQ(log()->damage()->first, Offset{2});
    EXPECT_EQ(log()->damage()->until, Offset{4});
    EXPECT_TRUE(is_marked());
    EXPECT_EQ(store_->damaged().size(), 1u);
    const auto number = log()->damage()->number;
    scrub_pass();
    EXPECT_EQ(log()->damage()->number, number);
}

TEST_F(DamageTest, WhatIsReadFirstAfterAStartIsChecked) {
    while_down([&] { files_.flip_bit(segment(0), 300); });
    EXPECT_FALSE(log()->is_damaged());
    EXPECT_EQ(read(0).error().code, Errc::io_error);
    ASSERT_TRUE(log()->is_damaged());
    EXPECT_EQ(read(0).error().code, Errc::io_error);
    EXPECT_EQ(read(2).value().back().next, Offset{5});  // elsewhere all is well
    append(1);
    EXPECT_EQ(read(5).value().back().next, Offset{6});
}

TEST_F(DamageTest, APageOfZerosIsFound) {
    while_down([&] { files_.zero(segment(2), 0, 200); });
    EXPECT_EQ(read(0).value().back().next, Offset{2});  // up to there
    EXPECT_EQ(read(2).error().code, Errc::io_error);
    EXPECT_TRUE(log()->is_damaged());
}

TEST_F(DamageTest, WhatHoldsBeforeItIsGivenOut) {
    const auto half = files_.file_size(segment(2)).value() / 2;
    while_down([&] { files_.flip_bit(segment(2), half + 100); });  // offset 3
    EXPECT_EQ(read(2).value().back().next, Offset{3});
    EXPECT_FALSE(read(3));
    EXPECT_TRUE(log()->is_damaged());
    EXPECT_EQ(read(2).value().back().next, Offset{3});
    EXPECT_EQ(read(0).value().back().next, Offset{2});
}

TEST_F(DamageTest, SearchesByTimeFindDamage) {
    while_down([&] { files_.flip_bit(segment(0), 300); });
    EXPECT_FALSE(log()->find_timestamp(0, log()->durable_end()));
    EXPECT_TRUE(log()->is_damaged());
}

TEST_F(DamageTest, ACutOrMissingSegmentIsFoundAtTheStart) {
    for (const auto base : {0, 2, 4}) {
        while_down([&] { base == 2 ? files_.lose(segment(base)) : files_.cut(segment(base), 100); });
        ASSERT_TRUE(log()->is_damaged()) << base;
        EXPECT_EQ(log()->durable_end(), Offset{5});
        EXPECT_EQ(read(base).error().code, Errc::io_error);
        EXPECT_TRUE(is_marked());
    }
    append(3);
    EXPECT_EQ(read(5).value().back().next, Offset{8});
    while_down([] {});
    EXPECT_TRUE(log()->is_damaged());
    EXPECT_EQ(read(5).value().back().next, Offset{8});
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_TRUE(store_->stop());
    store_.reset();
    ASSERT_TRUE(open());
    EXPECT_TRUE(log()->is_damaged());
}

TEST_F(DamageTest, WhatTheJournalHasIsWrittenAgain) {
    append(3);  // 5 goes to the third segment, 6 and 7 to the fourth
    while_down([&] {
        files_.cut(segment(4), files_.file_size(segment(4)).value() / 2);
        files_.lose(segment(6));
    });
    EXPECT_FALSE(log()->is_damaged());
    EXPECT_EQ(read(4).value().back().next, Offset{8});
    scrub_pass();
    EXPECT_FALSE(log()->is_damaged());
}

TEST_F(DamageTest, ItStaysDamagedUntilItIsEmptied) {
    while_down([&] { files_.cut(segment(2), 100); });
    append(2);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    ASSERT_TRUE(log()->is_damaged());
    ASSERT_TRUE(log()->reset_to(Offset{1}));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_FALSE(log()->is_damaged());
    EXPECT_FALSE(is_marked());
    EXPECT_EQ(log()->log_start(), Offset{1});
    EXPECT_EQ(log()->end(), Offset{1});
    append(4);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_FALSE(log()->is_damaged());
    EXPECT_EQ(read(1).value().back().next, Offset{5});
    scrub_pass();
    EXPECT_TRUE(store_->damaged().empty());
}

TEST_F(DamageTest, ItGoesWithTheSegmentsThatHaveIt) {
    while_down([&] { files_.flip_bit(segment(0), 70); });
    EXPECT_FALSE(read(0));
    ASSERT_TRUE(log()->delete_before(Offset{2}));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_TRUE(log()->is_damaged());
    store_->maintain();
    EXPECT_FALSE(log()->is_damaged());
    EXPECT_FALSE(is_marked());
}

TEST_F(DamageTest, ARemovedLogTakesItsMarkAlong) {
    while_down([&] { files_.cut(segment(0), 100); });
    ASSERT_TRUE(log()->is_damaged());
    ASSERT_TRUE(store_->remove(key_));
    ASSERT_TRUE(store_->commit_once());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_FALSE(is_marked());
    EXPECT_FALSE(log()->is_damaged());
}

TEST_F(DamageTest, ACutThatCannotBeReadFindsDamage) {
    while_down([&] { files_.zero(segment(2), 0, 61); });
    ASSERT_TRUE(log()->truncate_to(Offset{3}));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_EQ(failed_, 1u);
    EXPECT_TRUE(log()->is_damaged());
    EXPECT_EQ(log()->end(), Offset{5});
}

TEST_F(DamageTest, PageCacheLogsThatLackWhatWasSyncedAreDamaged) {
    config_.durability = Durability::page_cache;
    append(2);
    ASSERT_TRUE(store_->checkpoint_once());
    while_down([&] { files_.cut(segment(6), 100); });
    EXPECT_TRUE(log()->is_damaged());
    EXPECT_EQ(read(0).value().back().next, Offset{6});
}

TEST_F(DamageTest, ADiskThatCannotReadIsDamaged) {
    while_down([] {});
    files_.inject({.operation = test::Operation::read, .path = segment(2), .times = 1000});
    scrub();
    files_.clear_faults();
    EXPECT_TRUE(log()->is_damaged());
}

TEST_F(DamageTest, TheScrubberKeepsToItsPace) {
    config_.segment_bytes = 1 << 30;
    for (int i = 0; i < 8; ++i) {
        const auto batch = test::shared_batch({.bytes = 1 << 20, .seed = ++seed_});
        ASSERT_TRUE(log()->append(batch, LeaderEpoch{3}, clock_.wall_ms()));
        ASSERT_TRUE(store_->commit_once());
    }
    clock_.advance_ms(3600 * 1000);
    std::int64_t waited_us = 0;
    for (auto pause_us = store_->scrub_once(); pause_us < 60'000'000; pause_us = store_->scrub_once()) {
        clock_.advance_ms(pause_us / 1000);
        waited_us += pause_us;
    }
    EXPECT_GT(waited_us, 500'000);  // 8 MiB at 16 MiB a second
    EXPECT_LT(waited_us, 600'000);
}

}  // namespace
}  // namespace weir::log
