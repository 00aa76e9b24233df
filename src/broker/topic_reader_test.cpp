// A partition read record by record: from where the reader asked, over gaps, and on when there is more.
#include "broker/topic_reader.hpp"

#include <thread>

#include "broker/message/record.hpp"
#include "broker/topic_server.hpp"
#include "support/batch_builder.hpp"
#include "support/led_partition.hpp"

namespace weir::broker {
namespace {

class TopicReaderTest : public test::LedPartition {
  protected:
    ~TopicReaderTest() override { pool_.stop(); }  // before what its thread uses goes

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

    void open(const Start& from) {
        on_reactor([&] {
            reader_ = std::make_unique<TopicReader>(server_, pool_.at(0), id_, PartitionId{0}, from,
                                                    [this] { ++calls_; });
        });
    }
    // So many records, as they come.
    std::vector<std::int64_t> read(std::size_t count) {
        std::vector<std::int64_t> offsets;
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (offsets.size() < count && std::chrono::steady_clock::now() < limit) {
            on_reactor([&] {
                for (auto record = reader_->next(); record && *record != nullptr; record = reader_->next()) {
                    offsets.push_back((*record)->offset.value);
                    EXPECT_EQ(as_text(*(*record)->value), std::to_string(offsets.back()));
                }
            });
            std::this_thread::yield();
        }
        return offsets;
    }
    Result<TopicPiece> ask(TopicRead request) {
        request.topic = id_;
        std::promise<Result<TopicPiece>> promise;
        server_.read(request, [&](auto piece) { promise.set_value(std::move(piece)); });
        return promise.get_future().get();
    }
    void close() {
        on_reactor([&] { reader_.reset(); });
    }

    TopicServer server_{topics_, hub_, pool_, clock_};
    std::unique_ptr<TopicReader> reader_;
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
    open(Offset{2});
    EXPECT_EQ(read(5), (std::vector<std::int64_t>{2, 3, 4, 5, 6}));
    close();
}

TEST_F(TopicReaderTest, GoesOnWithWhatComes) {
    open(FirstRecord{});
    write(2), write(1);
    EXPECT_EQ(read(3), (std::vector<std::int64_t>{0, 1, 2}));
    write(1);
    EXPECT_EQ(read(1), std::vector<std::int64_t>{3});
    close();
    on_reactor([] {});
    const int calls = calls_;
    write(1);
    on_reactor([] {});
    EXPECT_EQ(calls_, calls) << "it is gone";
}

TEST_F(TopicReaderTest, PassesOverWhatIsDropped) {
    write(4), write(3);
    ASSERT_TRUE(log_->delete_before(Offset{5}));
    ASSERT_TRUE(store_->commit_once());
    open(Offset{0});
    EXPECT_EQ(read(2), (std::vector<std::int64_t>{5, 6}));
    close();
}

// What is not committed on the other replicas yet is nobody's.
TEST_F(TopicReaderTest, StopsAtTheHighWatermark) {
    log_->limit_readers(Offset{0});
    log_->set_telling_epoch(LeaderEpoch{0});
    write(2), write(2);
    open(FirstRecord{});
    log_->limit_readers(Offset{2});
    hub_.tell({log_});
    EXPECT_EQ(read(2), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(ask({.from = FirstRecord{}, .most_bytes = 1 << 20})->end, Offset{2});
    close();
}

// Another one may have told of more than this one knows to be committed.
TEST_F(TopicReaderTest, ANewLeaderTellsNothingBeforeItKnowsWhatIsCommitted) {
    write(2);
    log_->limit_readers(Offset{1});
    lead(true, LeaderEpoch{1});
    EXPECT_EQ(ask({.from = NextRecord{}}).error().code, Errc::not_leader);
    log_->set_telling_epoch(LeaderEpoch{1});
    EXPECT_EQ(ask({.from = NextRecord{}})->from, Offset{1});
    lead(false);
    EXPECT_EQ(ask({.from = NextRecord{}}).error().code, Errc::not_leader);
}

TEST_F(TopicReaderTest, WhoWaitsIsToldWhenTheTimeIsUpOrTheLeaderGone) {
    const auto piece = ask({.from = FirstRecord{}, .most_bytes = 1, .wait_ms = 1});
    ASSERT_TRUE(piece);
    EXPECT_TRUE(piece->batches.empty());
    std::promise<Errc> promise;
    const TopicRead request{.topic = id_, .partition = {}, .from = {}, .most_bytes = 1, .wait_ms = 30'000};
    server_.read(request, [&](const auto& gone) { promise.set_value(gone.error().code); });
    on_reactor([] {});
    lead(false);
    hub_.tell({log_});
    EXPECT_EQ(promise.get_future().get(), Errc::not_leader);
}

}  // namespace
}  // namespace weir::broker
