// The store as a whole, on real files.
#include "log/log_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/batch_builder.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

namespace weir::log {
namespace {

using test::shared_batch;

class Listener : public CommitListener {
  public:
    void on_commit(const Commit& commit) override {
        const std::lock_guard lock{mutex_};
        ticket_ = commit.ticket;
        failed_.insert(failed_.end(), commit.failed.begin(), commit.failed.end());
        moved_.notify_all();
    }
    void wait_for(Ticket ticket) {
        std::unique_lock lock{mutex_};
        moved_.wait(lock, [&] { return ticket_ >= ticket; });
    }
    std::vector<FailedAppend> failed_;

  private:
    std::mutex mutex_;
    std::condition_variable moved_;
    Ticket ticket_ = 0;
};

Bytes content(std::span<const FileRange> ranges) {
    Bytes all;
    for (const auto& range : ranges) {
        Bytes part(range.size);
        EXPECT_EQ(range.file->read(range.position, part).value(), range.size);
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

class LogStoreTest : public ::testing::Test {
  protected:
    void open(bool own_threads = false) {
        store_.reset();
        StoreOptions options;
        options.directory = directory_.path("data");
        options.own_threads = own_threads;
        options.journal_file_bytes = 256 << 10;
        options.checkpoint_bytes = 1 << 20;
        options.max_open_files = 6;
        store_ = LogStore::open(options, runtime::posix_file_system(), clock_, listener_).value();
    }
    std::shared_ptr<PartitionLog> log(int partition = 0) {
        return store_->open_log({topic_, PartitionId{partition}}, "orders", config_).value();
    }
    Bytes read_all(PartitionLog& log) {
        return content(log.read(log.log_start(), log.durable_end(), SIZE_MAX).value());
    }

    test::TemporaryDirectory directory_;
    test::ManualClock clock_;
    Listener listener_;
    LogConfig config_;
    Uuid topic_ = Uuid::from_random(1, 2);
    std::unique_ptr<LogStore> store_;
};

TEST_F(LogStoreTest, AppendsCommitsReadsAndSurvivesARestart) {
    open();
    auto log0 = log();
    const auto first = log0->append(shared_batch({.records = 3, .seed = 1}), LeaderEpoch{4}, 10).value();
    const auto second = log0->append(shared_batch({.records = 2, .seed = 2}), LeaderEpoch{4}, 11).value();
    EXPECT_EQ(first.base_offset, Offset{0});
    EXPECT_EQ(second.base_offset, Offset{3});
    EXPECT_EQ(log0->end(), Offset{5});
    EXPECT_EQ(log0->durable_end(), Offset{0});
    EXPECT_TRUE(log0->read(Offset{0}, Offset{5}, 100).value().empty());
    EXPECT_TRUE(store_->commit_once());
    EXPECT_FALSE(store_->commit_once());
    EXPECT_GE(store_->committed(), second.ticket);
    EXPECT_EQ(log0->durable_end(), Offset{5});
    const auto bytes = read_all(*log0);
    EXPECT_EQ(BatchView{bytes.data()}.leader_epoch(), LeaderEpoch{4});
    EXPECT_EQ(BatchView{bytes.data() + 81}.base_offset(), Offset{3});
    log0.reset();

    open();
    ASSERT_EQ(store_->keys().size(), 1u);
    log0 = store_->find({topic_, PartitionId{0}});
    EXPECT_EQ(log0->durable_end(), Offset{5});
    EXPECT_EQ(read_all(*log0), bytes);
    EXPECT_EQ(log0->end_of_epoch(LeaderEpoch{9})->end, Offset{5});
}

TEST_F(LogStoreTest, OwnThreadsCommitInTheBackground) {
    open(true);
    auto log0 = log();
    Ticket last = 0;
    for (int i = 0; i < 1000; ++i) {
        last = log0->append(shared_batch({.bytes = 1000, .seed = 7}), LeaderEpoch{0}, 10).value().ticket;
        if (i % 10 == 0) listener_.wait_for(last);
    }
    listener_.wait_for(last);
    EXPECT_EQ(log0->durable_end(), Offset{1000});
    const auto bytes = read_all(*log0);
    open(true);
    EXPECT_EQ(read_all(*log()), bytes);
}

TEST_F(LogStoreTest, ABatchLargerThanASegmentGetsOneOfItsOwn) {
    config_.segment_bytes = 1'000;
    open(true);
    auto log0 = log();
    Ticket last = 0;
    for (const std::size_t bytes : {4'000u, 300u, 4'500u, 300u, 300u})
        last = log0->append(shared_batch({.bytes = bytes, .seed = 7}), LeaderEpoch{0}, 10).value().ticket;
    listener_.wait_for(last);
    const auto refused = log0->append(shared_batch({.bytes = 170 << 20, .seed = 7}), LeaderEpoch{0}, 10);
    EXPECT_EQ(refused.error().code, Errc::batch_too_large);
    EXPECT_EQ(log0->read(Offset{0}, log0->durable_end(), SIZE_MAX).value().size(), 4u);
    const auto bytes = read_all(*log0);
    EXPECT_GT(bytes.size(), 9'400u);
    log0.reset();
    open();
    EXPECT_EQ(read_all(*log()), bytes);
}

// For the thread sanitizer above all: every kind of call at once, with checkpoints and recycling beneath.
TEST_F(LogStoreTest, ManyThreadsAppendReadAndDelete) {
    constexpr int logs = 8, writers = 3, appends = 1500;
    config_.segment_bytes = 64 << 10;
    open(true);
    std::vector<std::shared_ptr<PartitionLog>> all;
    for (int i = 0; i < logs; ++i) all.push_back(log(i));
    std::atomic<bool> done{false};
    const auto write = [&](int writer) {
        for (int i = 0; i < appends; ++i) {
            const auto batch = shared_batch({.bytes = 500,
                                             .seed = 3,
                                             .producer = ProducerId{writer},
                                             .epoch = ProducerEpoch{0},
                                             .sequence = i / logs});
            const auto appended =
                all[static_cast<std::size_t>(i % logs)]->append(batch, LeaderEpoch{0}, 10).value();
            if (i % 50 == 0) listener_.wait_for(appended.ticket);
        }
    };
    const auto read = [&] {
        for (std::size_t i = 0; !done; ++i) {
            auto& log = *all[i % logs];
            const auto start = log.log_start();
            const auto ranges = log.read(start, log.durable_end(), 20'000);
            if (ranges && !ranges->empty()) {
                EXPECT_LE(BatchView{content(*ranges).data()}.base_offset(), start);
            }
            (void)log.find_timestamp(1000, log.durable_end());
            if (i % 64 == 0) (void)log.delete_before(Offset{log.durable_end().value / 2});
            if (i % 100 == 0) store_->maintain();
        }
    };
    std::thread reader{read};
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) threads.emplace_back(write, i);
    for (auto& thread : threads) thread.join();
    done = true;
    reader.join();
    ASSERT_TRUE(store_->stop());
    EXPECT_TRUE(listener_.failed_.empty());
    for (const auto& log : all) EXPECT_GE(log->durable_end().value, writers * appends / logs - writers);
    const auto bytes = read_all(*all[3]);
    all.clear();
    open();
    EXPECT_EQ(read_all(*log(3)), bytes);
}

}  // namespace
}  // namespace weir::log
