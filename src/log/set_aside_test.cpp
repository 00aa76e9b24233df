// A store whose journal or checkpoint is damaged, where other nodes have what it held.
#include "log/set_aside.hpp"

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

const std::string checkpoint_path = "data/checkpoint";
const std::string journal_path = "data/journal/" + journal_name(1);

// Two records in the checkpoint, three in the journal's rounds behind it.
class SetAsideTest : public ::testing::Test, private CommitListener {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        begin();
    }
    void TearDown() override {
        if (store_) crash(Crash::kill);
        set_log_level(LogLevel::info);
    }
    void on_commit(const Commit& commit) override { failed_ = commit.failed.size(); }
    void begin(std::uint64_t seed = 1) {
        store_.reset();
        disk_ = std::make_unique<test::FaultyFileSystem>(seed);
        ASSERT_TRUE(open());
        id_ = store_->id();
        append(2);
        ASSERT_TRUE(store_->checkpoint_once());
        append(3);
    }
    Result<void> open(bool is_refilled = true) {
        auto options = test::small_store();
        options.is_refilled = is_refilled;
        auto opened = LogStore::open(options, *disk_, clock_, *this);
        if (!opened) return opened.error();
        store_ = std::move(*opened);
        return {};
    }
    void crash(Crash kind) {
        disk_->stop_at(0);
        store_.reset();
        disk_->crash(kind);
    }
    std::shared_ptr<PartitionLog> log(int partition = 0) {
        return store_->open_log({topic_, PartitionId{partition}}, "orders", {}).value();
    }
    void append(int count, int partition = 0) {
        for (int i = 0; i < count; ++i) {
            const auto batch = test::shared_batch({.bytes = 400, .seed = ++seed_});
            ASSERT_TRUE(log(partition)->append(batch, LeaderEpoch{3}, clock_.wall_ms()));
            ASSERT_TRUE(store_->commit_once());
            ASSERT_EQ(failed_, 0u);
        }
    }
    bool is_lost(int partition = 0) {
        const auto damage = log(partition)->damage();
        return damage && damage->is_end_lost();
    }
    bool has_file(std::string_view part) const {
        const auto paths = disk_->paths();
        return std::ranges::any_of(paths,
                                   [&](const auto& path) { return path.find(part) != std::string::npos; });
    }
    // The first round behind the checkpoint: later ones say that it was durable.
    void harm_journal() { disk_->flip_bit(journal_path, 4096 * 2 + 100); }
    void lose_store() {
        crash(Crash::kill);
        harm_journal();
        ASSERT_TRUE(open());
    }
    void refill(int partition = 0) {
        ASSERT_TRUE(log(partition)->reset_to(Offset{7}));
        ASSERT_TRUE(store_->commit_once());
    }

    std::unique_ptr<test::FaultyFileSystem> disk_;
    test::ManualClock clock_;
    Uuid topic_ = Uuid::from_random(1, 2), id_;
    std::unique_ptr<LogStore> store_;
    std::size_t failed_ = 0;
    std::uint64_t seed_ = 0;
};

TEST_F(SetAsideTest, WhateverIsDamagedTheSameStoreComesBackWithItsLogsLost) {
    const std::vector<std::pair<const char*, std::function<void()>>> harms{
        {"a bit of a round", [&] { harm_journal(); }},
        {"a page of zeros", [&] { disk_->zero(journal_path, 4096 * 2, 4096); }},
        {"no journal", [&] { disk_->lose(journal_path); }},
        {"a bit of the checkpoint", [&] { disk_->flip_bit(checkpoint_path, 30); }},
        {"half a checkpoint", [&] { disk_->cut(checkpoint_path, 60); }},
        {"no checkpoint", [&] { disk_->lose(checkpoint_path); }}};
    for (const auto& [name, harm] : harms) {
        SCOPED_TRACE(name);
        begin();
        crash(Crash::kill);
        harm();
        EXPECT_FALSE(open(false));
        EXPECT_FALSE(has_file("set-aside"));
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(store_->id(), id_);
        EXPECT_FALSE(store_->kept_all());
        EXPECT_TRUE(is_lost());
        EXPECT_EQ(log()->end(), Offset{0});
        EXPECT_EQ(store_->damaged().size(), 1u);
        EXPECT_TRUE(has_file("data/topics.set-aside-1/"));
        ASSERT_TRUE(store_->note_all_open());
        refill();
        EXPECT_FALSE(is_lost());
        store_->maintain();
        ASSERT_TRUE(store_->checkpoint_once());
        EXPECT_FALSE(has_file("set-aside"));
        append(1);
        EXPECT_EQ(log()->end(), Offset{8});
    }
}

TEST_F(SetAsideTest, AFileOfTheJournalThatIsGoneHidesNotWhatFollows) {
    append(30);
    ASSERT_TRUE(has_file(journal_name(3)));
    crash(Crash::kill);
    disk_->lose("data/journal/" + journal_name(2));
    EXPECT_EQ(open(false).error().code, Errc::corrupt);
    ASSERT_TRUE(open());
    EXPECT_TRUE(is_lost());
}

TEST_F(SetAsideTest, WhatNothingTellsTheIdOfStaysAsItIs) {
    crash(Crash::kill);
    disk_->lose(checkpoint_path);
    disk_->cut(journal_path, 0);
    EXPECT_EQ(open().error().code, Errc::corrupt);
    EXPECT_FALSE(has_file("set-aside"));
    EXPECT_TRUE(has_file("data/topics/"));
}

TEST_F(SetAsideTest, LogsThatAreOpenedUntilAllAreOpenAreLostAndStaySo) {
    append(1, 1);
    lose_store();
    EXPECT_TRUE(is_lost(0));
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_FALSE(store_->kept_all());
    EXPECT_TRUE(is_lost(1));
    EXPECT_TRUE(is_lost(0));
    ASSERT_TRUE(store_->note_all_open());
    EXPECT_FALSE(is_lost(2));  // a new one
    for (const auto kind : {Crash::kill, Crash::power_cut}) {
        crash(kind);
        ASSERT_TRUE(open());
        EXPECT_TRUE(is_lost(0));
        EXPECT_TRUE(is_lost(1));
        EXPECT_FALSE(is_lost(2));
        EXPECT_FALSE(is_lost(3));
    }
    refill(0);
    store_->maintain();
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_TRUE(has_file("set-aside"));  // the other log's only copy may be in there
    refill(1);
    store_->maintain();
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_FALSE(has_file("set-aside"));
}

TEST_F(SetAsideTest, TheLossIsNotOverWhileItsTracesAreNotOnDisk) {
    lose_store();
    disk_->inject({.operation = test::Operation::write, .path = ".damaged", .times = 2});
    EXPECT_TRUE(is_lost());
    EXPECT_FALSE(store_->note_all_open());
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_TRUE(is_lost());
    EXPECT_TRUE(store_->note_all_open());
}

// As a power cut leaves it: the new store knows the log, and the file that says that it is damaged is gone.
TEST_F(SetAsideTest, UntilTheLossIsOverWhatTheNewStoreKnowsOfALogSaysNothing) {
    lose_store();
    EXPECT_TRUE(is_lost());
    ASSERT_TRUE(store_->checkpoint_once());
    crash(Crash::kill);
    for (const auto& path : disk_->paths()) {
        if (path.ends_with(".damaged")) disk_->lose(path);
    }
    ASSERT_TRUE(open());
    EXPECT_TRUE(is_lost());
}

// The second start knows no log, and takes the first one's notes for files of nobody.
TEST_F(SetAsideTest, WhatASecondStartNotesAnewIsNotRemoved) {
    lose_store();
    EXPECT_TRUE(is_lost());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_TRUE(is_lost());
    ASSERT_TRUE(store_->note_all_open());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_TRUE(is_lost());
}

TEST_F(SetAsideTest, ASecondLossLeavesWhatTheFirstSetAside) {
    lose_store();
    EXPECT_TRUE(is_lost());
    ASSERT_TRUE(store_->note_all_open());
    append(1, 2);  // a round of the new journal, which names the store
    crash(Crash::kill);
    disk_->lose(checkpoint_path);
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(is_lost());
    EXPECT_TRUE(has_file("data/topics.set-aside-1/"));
    EXPECT_TRUE(has_file("data/topics.set-aside-2/"));
}

// The log is whole, or lost and known to be, wherever the process ends while it is set aside.
TEST_F(SetAsideTest, ACrashAnywhereOnTheWayChangesNothing) {
    for (std::uint64_t step = 0; step < 60; ++step) {
        for (const auto kind : {Crash::kill, Crash::power_cut}) {
            begin(step + 1);
            crash(Crash::kill);
            harm_journal();
            disk_->stop_at(disk_->steps() + step);
            if (open()) {
                (void)log();
                (void)store_->note_all_open();
            }
            store_.reset();
            disk_->crash(kind);
            const auto opened = open();
            ASSERT_TRUE(opened) << step << ": " << opened.error().message;
            EXPECT_EQ(store_->id(), id_);
            EXPECT_TRUE(is_lost()) << step;
        }
    }
}

TEST(StoreLossFormat, ComesBackAsItWasAndNotIfAnythingIsWrong) {
    const StoreLoss loss{.store = Uuid::from_random(3, 4), .number = 2, .what = "a bit", .is_over = true};
    auto bytes = encode_loss(loss);
    EXPECT_EQ(decode_loss(bytes).value(), loss);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] ^= 4;
        EXPECT_FALSE(decode_loss(bytes)) << i;
        bytes[i] ^= 4;
        EXPECT_FALSE(decode_loss(ByteView{bytes}.first(i)));
    }
}

}  // namespace
}  // namespace weir::log
