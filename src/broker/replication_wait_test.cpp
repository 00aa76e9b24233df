// When a batch counts as acknowledged, and what its producer is told if it never does.
#include "broker/replication_wait.hpp"

#include "support/batch_builder.hpp"
#include "support/led_partition.hpp"

namespace weir::broker {
namespace {

constexpr std::int64_t long_ms = 600'000;

class ReplicationWaitTest : public test::LedPartition {
  protected:
    // Appends batches of three records and waits for them in the same turn.
    std::future<BatchOutcomes> publish(int batches, std::int64_t timeout_ms = long_ms) {
        auto promise = std::make_shared<std::promise<BatchOutcomes>>();
        on_reactor([&] {
            std::vector<AppendedBatch> appended;
            for (int i = 0; i < batches; ++i) {
                const auto batch = test::shared_batch({.records = 3});
                const auto taken = log_->append(batch, LeaderEpoch{0}, 0);
                ASSERT_TRUE(taken);
                appended.emplace_back(Published{.appended = *taken, .log = log_}, place_,
                                      log::BatchView{batch.bytes.data()});
            }
            await_replicas({topics_, hub_, pool_.at(0)}, std::move(appended), timeout_ms,
                           [promise](const BatchOutcomes& outcomes) { promise->set_value(outcomes); });
        });
        return promise->get_future();
    }
    // All that has been posted so far has been done.
    bool is_answered(std::future<BatchOutcomes>& answer) {
        on_reactor([] {});
        return answer.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    }
    void replicate_to(std::int64_t offset) {
        log_->limit_readers(Offset{offset});
        hub_.tell({log_});
    }
};

TEST_F(ReplicationWaitTest, WithoutOtherReplicasTheCommitDecides) {
    auto answer = publish(2);
    EXPECT_FALSE(is_answered(answer));
    ASSERT_TRUE(store_->commit_once());
    EXPECT_TRUE(answer.get().at(1));
}

TEST_F(ReplicationWaitTest, AllBatchesWaitForTheHighWatermark) {
    log_->limit_readers(Offset{0});
    auto answer = publish(2);
    ASSERT_TRUE(store_->commit_once());
    replicate_to(3);
    EXPECT_FALSE(is_answered(answer));
    replicate_to(6);
    EXPECT_EQ(answer.get().size(), 2u);
}

TEST_F(ReplicationWaitTest, TheFirstOtherReplicaMayComeBeforeTheCommit) {
    auto answer = publish(1);
    log_->limit_readers(Offset{0});
    ASSERT_TRUE(store_->commit_once());
    EXPECT_FALSE(is_answered(answer));
    replicate_to(3);
    EXPECT_TRUE(answer.get().at(0));
}

// Whoever produces must learn where to turn to, though no commit and no other replica says anything any more.
TEST_F(ReplicationWaitTest, AChangeOfLeaderIsAnswered) {
    log_->limit_readers(Offset{0});
    auto answer = publish(1);
    ASSERT_TRUE(store_->commit_once());
    EXPECT_FALSE(is_answered(answer));
    lead(false, LeaderEpoch{1});
    hub_.tell({log_});
    EXPECT_EQ(answer.get().at(0).error().code, Errc::not_leader);
}

// What the watermark says in another epoch is of another batch.
TEST_F(ReplicationWaitTest, ALaterEpochOfTheSameLeaderIsAnsweredToo) {
    log_->limit_readers(Offset{0});
    auto answer = publish(1);
    ASSERT_TRUE(store_->commit_once());
    lead(true, LeaderEpoch{2});
    replicate_to(3);
    EXPECT_EQ(answer.get().at(0).error().code, Errc::not_leader);
}

TEST_F(ReplicationWaitTest, AFailedCommitIsToldAtOnce) {
    log_->limit_readers(Offset{0});
    auto answer = publish(1);
    files_.set_capacity(0);
    EXPECT_TRUE(store_->commit_once());
    EXPECT_EQ(answer.get().at(0).error().code, Errc::no_space);
}

TEST_F(ReplicationWaitTest, TheTimeIsUpWhateverTheReplicasDo) {
    log_->limit_readers(Offset{0});
    auto answer = publish(1, 1);
    EXPECT_EQ(answer.get().at(0).error().code, Errc::timed_out);
    replicate_to(3);
    ASSERT_TRUE(store_->commit_once());
    on_reactor([] {});
}

}  // namespace
}  // namespace weir::broker
