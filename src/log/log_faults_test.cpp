// The store on a disk that fails: full, broken, out of descriptors, torn, damaged; and what removes and
// deletes.
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
using test::Operation;
using test::shared_batch;

class LogFaultsTest : public ::testing::Test, private CommitListener {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        ASSERT_TRUE(open());
    }
    void TearDown() override {
        if (store_) crash(Crash::kill);
        set_log_level(LogLevel::info);
    }
    void on_commit(const Commit& commit) override {
        failed_.assign(commit.failed.begin(), commit.failed.end());
    }
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
    std::shared_ptr<PartitionLog> log(int partition = 0) {
        return store_->open_log({topic_, PartitionId{partition}}, "orders", config_).value();
    }
    Result<Appended> append(int partition = 0, std::int64_t timestamp_ms = 1000) {
        const auto batch = shared_batch({.bytes = 400, .timestamp_ms = timestamp_ms});
        return log(partition)->append(batch, LeaderEpoch{0}, clock_.wall_ms());
    }
    void append_and_commit(int count, int partition = 0) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(append(partition, 1000 * (i + 1)));
            ASSERT_TRUE(store_->commit_once());
            ASSERT_TRUE(failed_.empty());
        }
    }
    std::string journal() const { return "data/journal/" + journal_name(1); }
    bool has_file(const std::string& part) const {
        const auto paths = files_.paths();
        return std::ranges::any_of(paths,
                                   [&](const auto& path) { return path.find(part) != std::string::npos; });
    }

    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    LogConfig config_;
    Uuid topic_ = Uuid::from_random(1, 2);
    std::unique_ptr<LogStore> store_;
    std::vector<FailedAppend> failed_;
};

TEST_F(LogFaultsTest, OnePartitionsFailureLeavesTheOthersAlone) {
    append_and_commit(2, 0);
    append_and_commit(2, 1);
    for (const auto code : {Errc::io_error, Errc::no_space, Errc::too_many_open_files}) {
        files_.inject({.operation = Operation::write, .path = "/0-", .code = code});
        const auto end = log(1)->end();
        ASSERT_TRUE(append(0));
        ASSERT_TRUE(append(1));
        EXPECT_TRUE(store_->commit_once());
        ASSERT_EQ(failed_.size(), 1u);
        EXPECT_EQ(failed_[0].error.code, code);
        EXPECT_EQ(failed_[0].base_offset, Offset{2});
        EXPECT_EQ(log(0)->end(), Offset{2});
        EXPECT_EQ(log(1)->durable_end(), end + 1);
        clock_.advance_ms(200);
    }
    append_and_commit(1, 0);
    EXPECT_EQ(log(0)->durable_end(), Offset{3});
}

TEST_F(LogFaultsTest, AFullDiskRefusesWritesUntilThereIsRoom) {
    append_and_commit(3);
    files_.set_capacity(0);
    ASSERT_TRUE(append());
    EXPECT_TRUE(store_->commit_once());
    ASSERT_EQ(failed_.size(), 1u);
    EXPECT_EQ(failed_[0].error.code, Errc::no_space);
    EXPECT_EQ(append().error().code, Errc::no_space);
    EXPECT_EQ(log()->read(Offset{0}, Offset{3}, 10'000).value().size(), 1u);
    files_.set_capacity(UINT64_MAX);
    clock_.advance_ms(200);
    append_and_commit(1);
    EXPECT_EQ(log()->durable_end(), Offset{4});
}

// There is room for a little more of the round each time: in the end all of it is there but for what fills
// its page.
TEST_F(LogFaultsTest, ACutThatHasFailedIsNotFoundDoneAfterACrash) {
    append_and_commit(4);
    for (int i = 1; i < 64; ++i) {
        std::uint64_t used = 0;
        for (const auto& path : files_.paths()) used += files_.file_size(path).value();
        files_.set_capacity(used + 64);
        ASSERT_TRUE(log()->truncate_to(Offset{1}));
        EXPECT_TRUE(store_->commit_once());
        ASSERT_EQ(log()->end(), Offset{4}) << i;
        files_.set_capacity(UINT64_MAX);
        crash(Crash::kill);
        ASSERT_TRUE(open());
        ASSERT_EQ(log()->end(), Offset{4}) << i;
    }
}

TEST_F(LogFaultsTest, AJournalThatCannotBeWrittenFailsTheRound) {
    append_and_commit(1);
    files_.inject({.operation = Operation::write, .path = "journal"});
    ASSERT_TRUE(append(0));
    ASSERT_TRUE(append(1));
    EXPECT_TRUE(store_->commit_once());
    EXPECT_EQ(failed_.size(), 2u);
    append_and_commit(1, 1);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_EQ(log(0)->durable_end(), Offset{1});
    EXPECT_EQ(log(1)->durable_end(), Offset{1});
}

TEST_F(LogFaultsTest, AFailedSyncEndsTheProcess) {
    files_.inject({.operation = Operation::sync, .path = "journal"});
    ASSERT_TRUE(append());
    set_log_level(LogLevel::info);
    EXPECT_DEATH((void)store_->commit_once(), "journal-.*injected fault.*What the disk holds is unknown");
}

TEST_F(LogFaultsTest, ATornTailIsCut) {
    append_and_commit(3);
    crash(Crash::kill);
    files_.zero(journal(), 2 * 4096 + 100, 50);  // within the last round
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->durable_end(), Offset{2});
    append_and_commit(2);
    EXPECT_EQ(log()->durable_end(), Offset{4});
}

TEST_F(LogFaultsTest, ADamagedJournalIsRefused) {
    append_and_commit(5);
    crash(Crash::kill);
    files_.flip_bit(journal(), 2 * 4096 + 100);
    const auto opened = open();
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_NE(opened.error().message.find("position 8192"), std::string::npos) << opened.error().message;
}

TEST_F(LogFaultsTest, AMissingCheckpointIsRefused) {
    append_and_commit(5);
    ASSERT_TRUE(store_->checkpoint_once());
    crash(Crash::kill);
    ASSERT_TRUE(files_.rename("data/checkpoint", "data/other"));
    EXPECT_EQ(open().error().code, Errc::corrupt);
    ASSERT_TRUE(files_.rename("data/other", "data/checkpoint"));
    EXPECT_TRUE(open());
}

TEST_F(LogFaultsTest, PageCacheLogsSurviveAKillAndMixWithTheJournal) {
    config_.durability = Durability::page_cache;
    config_.segment_bytes = 1000;
    append_and_commit(5);
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->durable_end(), Offset{5});
    config_.durability = Durability::journal;
    (void)log();
    ASSERT_TRUE(log()->delete_before(Offset{3}));  // on its own, it says nothing of the tail
    EXPECT_TRUE(store_->commit_once());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->durable_end(), Offset{5});
    append_and_commit(3);
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->durable_end(), Offset{8});
    append_and_commit(1);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->durable_end(), Offset{9});
}

TEST_F(LogFaultsTest, ARemovedLogDoesNotComeBack) {
    append_and_commit(2, 0);
    append_and_commit(2, 1);
    ASSERT_TRUE(store_->checkpoint_once());
    const auto held = log(0);
    ASSERT_TRUE(store_->remove(held->key()));
    EXPECT_EQ(store_->find(held->key()), nullptr);
    EXPECT_EQ(held->append(shared_batch({}), LeaderEpoch{0}, 0).error().code, Errc::not_found);
    EXPECT_EQ(held->read(Offset{0}, Offset{1}, 1).error().code, Errc::not_found);
    EXPECT_TRUE(store_->commit_once());
    crash(Crash::kill);
    ASSERT_TRUE(open());
    EXPECT_EQ(store_->keys().size(), 1u);
    EXPECT_TRUE(has_file("/0-"));  // a removal takes its time, and the start need not wait
    EXPECT_EQ(store_->open_log(held->key(), "orders", config_).error().code, Errc::already_exists);
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_FALSE(has_file("/0-"));
    EXPECT_TRUE(store_->open_log(held->key(), "orders", config_));
    EXPECT_TRUE(has_file("/1-"));
}

TEST_F(LogFaultsTest, RetentionDropsWholeSegments) {
    config_.segment_bytes = 1000;
    config_.retention_bytes = 1000;
    config_.retention_ms = -1;
    append_and_commit(10);
    store_->maintain();
    EXPECT_TRUE(store_->commit_once());
    EXPECT_EQ(log()->log_start(), Offset{6});  // one segment less would be less than was asked for
    ASSERT_TRUE(store_->checkpoint_once());
    EXPECT_FALSE(has_file("/0-00000000000000000000.log"));
    config_.retention_ms = 1;
    (void)log();
    store_->maintain();
    EXPECT_TRUE(store_->commit_once());
    EXPECT_EQ(log()->log_start(), Offset{10});
    EXPECT_EQ(log()->size_bytes(), 0u);
    append_and_commit(1);
    crash(Crash::power_cut);
    ASSERT_TRUE(open());
    EXPECT_EQ(log()->log_start(), Offset{10});
    EXPECT_EQ(log()->durable_end(), Offset{11});
}

TEST_F(LogFaultsTest, FindsTimestampsAcrossSegments) {
    config_.segment_bytes = 1000;
    append_and_commit(10);  // 1000, 2000, …
    const auto found = [&](std::int64_t timestamp_ms) {
        const auto range = log()->find_timestamp(timestamp_ms, Offset{10}).value();
        if (!range) return Offset{-1};
        Bytes header(range->size);
        EXPECT_EQ(range->file->read(range->position, header).value(), range->size);
        return BatchView{header.data()}.base_offset();
    };
    EXPECT_EQ(found(0), Offset{0});
    EXPECT_EQ(found(4500), Offset{4});
    EXPECT_EQ(found(10'000), Offset{9});
    EXPECT_EQ(found(10'001), Offset{-1});
    EXPECT_TRUE(log()->find_max_timestamp().value());
    EXPECT_EQ(log()->delete_before(Offset{11}).error().code, Errc::offset_out_of_range);
    ASSERT_TRUE(log()->delete_before(Offset{5}));
    EXPECT_TRUE(store_->commit_once());
    EXPECT_EQ(found(0), Offset{5});
    EXPECT_EQ(log()->read(Offset{4}, Offset{10}, 1).error().code, Errc::offset_out_of_range);
}

}  // namespace
}  // namespace weir::log
