// Segments that lack what the journal has: served only once they are whole, and covered until then.
#include "log/segment_repair.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/log_line.hpp"
#include "log/checkpoint.hpp"
#include "log/layout.hpp"
#include "log/log_store.hpp"
#include "log/segment.hpp"
#include "support/batch_builder.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace weir::log {
namespace {

using test::Crash;
using test::Operation;
using test::shared_batch;

class SegmentRepairTest : public ::testing::Test, private CommitListener {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        ASSERT_TRUE(open());
    }
    void TearDown() override {
        if (store_) crash(Crash::kill);
        set_log_level(LogLevel::info);
    }
    void on_commit(const Commit&) override {}
    Result<void> open() {
        auto opened = LogStore::open(options_, files_, clock_, *this);
        if (!opened) return opened.error();
        store_ = std::move(*opened);
        return {};
    }
    void crash(Crash kind) {
        files_.stop_at(0);
        store_.reset();
        files_.crash(kind);
    }
    std::shared_ptr<PartitionLog> log(int partition = 0) {
        return store_->open_log({topic_, PartitionId{partition}}, "orders", config_).value();
    }
    void append(int count, int partition = 0) {
        for (int i = 0; i < count; ++i) {
            const auto batch = shared_batch({.bytes = 400, .seed = ++seed_});
            ASSERT_TRUE(log(partition)->append(batch, LeaderEpoch{0}, clock_.wall_ms()));
            ASSERT_TRUE(store_->commit_once());
            auto& all = sent_[partition];
            all.insert(all.end(), batch.bytes.begin(), batch.bytes.end());
        }
    }
    std::string folder() const { return "data/topics/" + topic_folder("orders", topic_) + "/"; }
    std::string path(int partition = 0) const {
        return folder() + segment_stem(PartitionId{partition}, Offset{0}) + ".log";
    }
    // A power cut that leaves nothing of the segments, which no checkpoint has synced.
    void lose_segments() {
        crash(Crash::kill);
        for (const auto& name : files_.list(folder()).value()) ASSERT_TRUE(files_.remove(folder() + name));
        ASSERT_TRUE(files_.sync_directory(folder()));
        ASSERT_TRUE(files_.remove(folder().substr(0, folder().size() - 1)));
    }
    Bytes in_file(int partition = 0) {
        const auto content = runtime::read_file(files_, path(partition), 1 << 20);
        return content ? *content : Bytes{};
    }
    Result<Bytes> read(int partition = 0, Offset from = Offset{0}) {
        auto ranges = log(partition)->read(from, log(partition)->durable_end(), 1 << 20);
        if (!ranges) return ranges.error();
        Bytes all;
        for (const auto& range : *ranges) {
            Bytes part(range.size);
            EXPECT_EQ(range.file->read(range.position, part).value(), range.size);
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    static Offset end_of(const Bytes& batches) {
        Offset end;
        for (std::size_t at = 0; at < batches.size(); at += BatchView{batches.data() + at}.size())
            end = BatchView{batches.data() + at}.next_offset();
        return end;
    }

    StoreOptions options_{.directory = "data",
                          .journal_file_bytes = 64 * 1024,
                          .checkpoint_bytes = 16 << 20,
                          .reserve_bytes = 4096,
                          .own_threads = false};
    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    LogConfig config_;
    Uuid topic_ = Uuid::from_random(1, 2);
    std::uint64_t seed_ = 0;
    std::map<int, Bytes> sent_;
    std::unique_ptr<LogStore> store_;
};

TEST_F(SegmentRepairTest, AStartWritesNoSegmentAndAReadFindsItWhole) {
    append(3, 0);
    append(2, 1);
    lose_segments();
    ASSERT_TRUE(open());
    for (const auto& name : files_.paths()) EXPECT_FALSE(name.starts_with("data/topics")) << name;
    EXPECT_EQ(log(0)->durable_end(), Offset{3});
    EXPECT_EQ(read(0).value(), sent_[0]);
    EXPECT_TRUE(in_file(1).empty());
    EXPECT_EQ(read(1).value(), sent_[1]);
}

TEST_F(SegmentRepairTest, AnAppendFindsTheSegmentWhole) {
    append(3);
    lose_segments();
    ASSERT_TRUE(open());
    append(1);
    EXPECT_EQ(in_file(), sent_[0]);
    EXPECT_EQ(read().value(), sent_[0]);
}

TEST_F(SegmentRepairTest, ACheckpointMakesThemWholeAndDurable) {
    append(3, 0);
    append(2, 1);
    lose_segments();
    ASSERT_TRUE(open());
    ASSERT_TRUE(store_->checkpoint_once());
    for (int i = 0; i < 5; ++i) {
        crash(Crash::power_cut);
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
    }
    EXPECT_EQ(read(0).value(), sent_[0]);
    EXPECT_EQ(read(1).value(), sent_[1]);
}

// So many that one call syncs them all, and opens none.
TEST_F(SegmentRepairTest, ACheckpointOfManySegmentsMakesThemWhole) {
    for (int i = 0; i < 70; ++i) append(1, i);
    lose_segments();
    ASSERT_TRUE(open());
    ASSERT_TRUE(store_->checkpoint_once());
    crash(Crash::power_cut);
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    for (int i = 0; i < 70; ++i) EXPECT_EQ(read(i).value(), sent_[i]);
}

TEST_F(SegmentRepairTest, PowerCutsBeforeAnyRepairLoseNothing) {
    config_.segment_bytes = 1000;
    append(4);
    ASSERT_TRUE(store_->checkpoint_once());
    for (int i = 0; i < 40; ++i) {
        append(1);  // repairs the last segment only
        crash(Crash::power_cut);
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        if (i % 3 == 0) crash(Crash::power_cut), (void)open();
    }
    EXPECT_EQ(log()->durable_end(), Offset{44});
    Bytes all;
    for (Offset at{0}; at < Offset{44};) {
        const auto part = read(0, at).value();
        all.insert(all.end(), part.begin(), part.end());
        at = end_of(part);
    }
    EXPECT_EQ(all, sent_[0]);
}

TEST_F(SegmentRepairTest, AFailedRepairIsToldAndTriedAgain) {
    append(3);
    lose_segments();
    files_.inject({.operation = Operation::write, .path = ".log", .times = 1000, .code = Errc::no_space});
    ASSERT_TRUE(open());
    EXPECT_EQ(read().error().code, Errc::no_space);
    EXPECT_EQ(store_->checkpoint_once().error().code, Errc::no_space);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    files_.inject({.operation = Operation::write, .path = ".log"});
    EXPECT_EQ(store_->checkpoint_once().error().code, Errc::io_error);
    EXPECT_TRUE(store_->checkpoint_once());
    EXPECT_EQ(in_file(), sent_[0]);
}

// After a failed sync the page cache shows what the disk will never have: what looks whole is written again.
TEST_F(SegmentRepairTest, WhatSeemsToBeThereIsWrittenAgain) {
    append(3);
    ASSERT_TRUE(files_.sync_directory("data/topics"));
    ASSERT_TRUE(files_.sync_directory(folder()));
    files_.lose_unsynced(path());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_EQ(in_file(), sent_[0]);
    ASSERT_TRUE(store_->checkpoint_once());
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_EQ(read().value(), sent_[0]);
}

TEST_F(SegmentRepairTest, WhatIsDeletedOrRemovedMeanwhileStaysAway) {
    append(3, 0);
    append(3, 1);
    lose_segments();
    ASSERT_TRUE(open());
    ASSERT_TRUE(log(0)->delete_before(Offset{3}));
    ASSERT_TRUE(store_->remove(log(1)->key()));
    ASSERT_TRUE(store_->commit_once());
    ASSERT_TRUE(store_->checkpoint_once());
    for (const auto& name : files_.paths()) EXPECT_FALSE(name.ends_with(".log")) << name;
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_EQ(log(0)->log_start(), Offset{3});
    EXPECT_EQ(store_->keys().size(), 1u);
}

TEST_F(SegmentRepairTest, ADroppedSegmentIsNotRepaired) {
    append(1);
    OpenFiles open_files{files_, 1};
    Segment segment{open_files, files_, "dropped", {.base = Offset{0}, .end = Offset{1}, .size = 481}};
    segment.set_repair({.base = Offset{0},
                        .journal = std::make_shared<ReplayedJournal>(files_, "data/journal", 1),
                        .pieces = {{.bytes = 481}}});
    (void)segment.drop();
    EXPECT_TRUE(segment.repair());
    EXPECT_FALSE(files_.file_size("dropped.log"));
}

TEST_F(SegmentRepairTest, WhatTheReplayItselfDeletesStaysAway) {
    config_.segment_bytes = 500;
    append(3);
    ASSERT_TRUE(log()->delete_before(Offset{2}));
    ASSERT_TRUE(store_->commit_once());
    lose_segments();
    ASSERT_TRUE(open());
    ASSERT_TRUE(store_->checkpoint_once());
    const auto paths = files_.paths();
    EXPECT_EQ(std::ranges::count_if(paths, [](const auto& name) { return name.ends_with(".log"); }), 1);
}

// Nor does the start wait until they are gone. But what was begun and not committed goes before it is begun
// anew.
TEST_F(SegmentRepairTest, FilesThatNoLogHasAreRemovedAfterTheStart) {
    config_.segment_bytes = 500;
    append(3);
    ASSERT_TRUE(log()->delete_before(Offset{2}));
    ASSERT_TRUE(store_->commit_once());
    const auto begun = folder() + segment_stem(PartitionId{0}, Offset{3}) + ".log";
    ASSERT_TRUE(files_.open(begun, runtime::OpenMode::create).value()->write(0, as_bytes("half a batch")));
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_FALSE(in_file().empty());
    EXPECT_FALSE(files_.file_size(begun));
    append(1);
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_TRUE(in_file().empty());
    EXPECT_TRUE(files_.file_size(begun));
    EXPECT_EQ(end_of(read(0, Offset{3}).value()), Offset{4});
}

// The folder that a failed first round leaves is not durable when the next segment is begun in it.
TEST_F(SegmentRepairTest, ALeftOverFolderBecomesDurableWithItsSegments) {
    for (std::uint64_t i = 0; i < 10; ++i) {
        topic_ = Uuid::from_random(2, i);
        files_.inject({.operation = Operation::write, .path = ".log"});
        ASSERT_TRUE(log()->append(shared_batch({}), LeaderEpoch{0}, clock_.wall_ms()));
        ASSERT_TRUE(store_->commit_once());
        crash(Crash::kill);
        ASSERT_TRUE(open());
        sent_.clear();
        append(1);
        ASSERT_TRUE(store_->checkpoint_once());
        crash(Crash::power_cut);
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(read().value(), sent_[0]);
    }
}

TEST_F(SegmentRepairTest, AJournalThatIsNoLongerWholeIsNoticed) {
    append(3);
    lose_segments();
    ASSERT_TRUE(open());
    files_.flip_bit("data/journal/" + journal_name(1), 4096 + 200);
    const auto outcome = read();
    EXPECT_EQ(outcome.error().code, Errc::io_error);
    EXPECT_NE(outcome.error().message.find("position"), std::string::npos) << outcome.error().message;
    EXPECT_EQ(store_->damaged().size(), 1u);
    EXPECT_EQ(store_->checkpoint_once().error().code, Errc::corrupt);
}

TEST_F(SegmentRepairTest, BatchesOfManySizesComeBackInPlace) {
    for (const std::size_t bytes : {100, 700'000, 500'000, 10, 1'500'000, 90'000, 1}) {
        const auto batch = shared_batch({.bytes = bytes, .seed = ++seed_});
        ASSERT_TRUE(log()->append(batch, LeaderEpoch{0}, clock_.wall_ms()));
        sent_[0].insert(sent_[0].end(), batch.bytes.begin(), batch.bytes.end());
        if (bytes % 3 == 0) ASSERT_TRUE(store_->commit_once());
    }
    ASSERT_TRUE(store_->commit_once());
    lose_segments();
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_EQ(runtime::read_file(files_, path(), 8 << 20).value(), sent_[0]);
}

TEST_F(SegmentRepairTest, InTheBackgroundAllBecomeWholeAndAFullJournalIsFreed) {
    options_.checkpoint_bytes = 3 * journal_block;
    append(2, 0);
    append(1, 1);
    lose_segments();
    options_.own_threads = true;
    ASSERT_TRUE(open());
    while (read_checkpoint(files_, "data")->journal.sequence != 4) std::this_thread::yield();
    EXPECT_EQ(in_file(0), sent_[0]);
    EXPECT_EQ(in_file(1), sent_[1]);
}

TEST_F(SegmentRepairTest, InTheBackgroundWithoutACheckpoint) {
    append(2, 0);
    append(1, 1);
    lose_segments();
    options_.own_threads = true;
    ASSERT_TRUE(open());
    while (in_file(0) != sent_[0] || in_file(1) != sent_[1]) std::this_thread::yield();
    EXPECT_EQ(read_checkpoint(files_, "data")->journal.sequence, 1u);
}

}  // namespace
}  // namespace weir::log
