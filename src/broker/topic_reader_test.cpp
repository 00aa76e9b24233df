// A partition read record by record: from where the reader asked, over gaps, and on when there is more.
#include "broker/topic_reader.hpp"

#include <gtest/gtest.h>

#include <future>

#include "broker/message/record.hpp"
#include "support/batch_builder.hpp"
#include "support/manual_clock.hpp"
#include "support/small_store.hpp"

namespace weir::broker {
namespace {

class TopicReaderTest : public ::testing::Test, private log::CommitListener {
  protected:
    TopicReaderTest() {
        store_ = test::open_store(files_, clock_, *this);
        log_ = store_->open_log({Uuid::from_random(1, 2), PartitionId{0}}, "t", {}).value();
        pool_.start();
    }
    ~TopicReaderTest() override { pool_.stop(); }
    void on_commit(const log::Commit& commit) override { hub_.on_commit(commit); }

    // A batch of so many records, a second apart.
    void write(int count) {
        message::BatchBuilder builder;
        for (int i = 0; i < count; ++i) {
            const auto text = std::to_string(written_);
            message::add(builder, {.timestamp_ms = written_ * 1000,
                                   .key = {},
                                   .value = Bytes{text.begin(), text.end()},
                                   .headers = {}});
            ++written_;
        }
        ASSERT_TRUE(log_->append(test::shared(builder.finish()), LeaderEpoch{0}, 0));
        ASSERT_TRUE(store_->commit_once());
    }
    std::int64_t offset(const Start& start) { return offset_of(*log_, start).value().value; }

    // Runs `work` on the reactor and waits for it.
    void on_reactor(const std::function<void()>& work) {
        std::promise<void> done;
        pool_.at(0).post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    void open(std::int64_t from) {
        on_reactor([&] {
            reader_ = std::make_unique<PartitionReader>(hub_, pool_.at(0), log_, Offset{from},
                                                        [this] { ++calls_; });
        });
    }
    std::vector<std::int64_t> read() {
        std::vector<std::int64_t> offsets;
        on_reactor([&] {
            for (auto record = reader_->next(); record && *record != nullptr; record = reader_->next()) {
                offsets.push_back((*record)->offset.value);
                EXPECT_EQ(as_text(*(*record)->value), std::to_string(offsets.back()));
            }
        });
        return offsets;
    }
    void close() {
        on_reactor([&] { reader_.reset(); });
    }

    test::ManualClock clock_;
    test::FaultyFileSystem files_;
    runtime::ReactorPool pool_{1};
    CommitHub hub_{pool_};
    std::unique_ptr<log::LogStore> store_;
    std::shared_ptr<log::PartitionLog> log_;
    std::unique_ptr<PartitionReader> reader_;
    std::int64_t written_ = 0;
    int calls_ = 0;
};

TEST_F(TopicReaderTest, StartsAreOffsetsThatAreThere) {
    EXPECT_EQ(offset(FirstRecord{}), 0);
    EXPECT_EQ(offset(LastBatch{}), 0);
    EXPECT_EQ(offset(Offset{5}), 0);
    write(4), write(3);
    EXPECT_EQ(offset(FirstRecord{}), 0);
    EXPECT_EQ(offset(LastBatch{}), 4);
    EXPECT_EQ(offset(NextRecord{}), 7);
    EXPECT_EQ(offset(Offset{5}), 5);
    EXPECT_EQ(offset(Offset{99}), 7);
    EXPECT_EQ(offset(AtTime{2500}), 3);
    EXPECT_EQ(offset(AtTime{99'000}), 7);
    ASSERT_TRUE(log_->delete_before(Offset{2}));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_EQ(offset(FirstRecord{}), 2);
    EXPECT_EQ(offset(Offset{0}), 2);
}

TEST_F(TopicReaderTest, ReadsFromTheMiddleOfABatchToTheEnd) {
    write(4), write(3);
    open(2);
    EXPECT_EQ(read(), (std::vector<std::int64_t>{2, 3, 4, 5, 6}));
    EXPECT_TRUE(read().empty());
    close();
}

TEST_F(TopicReaderTest, TellsOnceThatThereIsMore) {
    open(0);
    EXPECT_TRUE(read().empty());
    write(2), write(1);
    EXPECT_EQ(read(), (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(calls_, 1);
    write(1);
    EXPECT_EQ(read(), std::vector<std::int64_t>{3});
    EXPECT_EQ(calls_, 2);
    close();
    write(1);
    on_reactor([] {});
    EXPECT_EQ(calls_, 2);
}

TEST_F(TopicReaderTest, PassesOverWhatIsDropped) {
    write(4), write(3);
    open(0);
    ASSERT_TRUE(log_->delete_before(Offset{5}));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_EQ(read(), (std::vector<std::int64_t>{5, 6}));
    close();
}

// What is not committed on the other replicas yet is nobody's.
TEST_F(TopicReaderTest, StopsAtTheHighWatermark) {
    log_->limit_readers(Offset{0});
    write(2), write(2);
    open(0);
    EXPECT_TRUE(read().empty());
    log_->limit_readers(Offset{2});
    hub_.tell({log_});
    EXPECT_EQ(read(), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(calls_, 1);
    close();
}

}  // namespace
}  // namespace weir::broker
