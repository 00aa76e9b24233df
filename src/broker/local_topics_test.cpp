// Logs come and go with the catalogue, but not with a start's history.
#include "broker/local_topics.hpp"

#include <gtest/gtest.h>

#include "support/batch_builder.hpp"
#include "support/cluster_catalogue.hpp"
#include "support/manual_clock.hpp"
#include "support/small_store.hpp"

namespace weir::broker {
namespace {

class LocalTopicsTest : public ::testing::Test, private log::CommitListener {
  protected:
    LocalTopicsTest() {
        store_ = test::open_store(files_, clock_, *this);
        catalogue_.join(1);
        catalogue_.join(2);
        here_ = topic("here", {1});
        // The same topic, as it was at another time.
        auto moved = std::make_shared<metadata::Topic>(*here_);
        moved->partitions = topic("other", {2})->partitions;
        elsewhere_ = moved;
        auto widened = std::make_shared<metadata::Topic>(*here_);
        widened->partitions = topic("both", {1, 2})->partitions;
        with_another_ = widened;
        topics_ = std::make_unique<LocalTopics>(NodeId{1}, *store_, table_, nullptr);
    }
    metadata::TopicPtr topic(const std::string& name, std::initializer_list<int> nodes) {
        return catalogue_
            .ask(metadata::CreateTopic{.name = name,
                                       .assignment = {test::node_list(nodes)},
                                       .id = Uuid::from_random(9, topic_count_++)})
            .value();
    }
    // Three records more, durable.
    std::shared_ptr<log::PartitionLog> write() {
        auto log = table_.find(here_->id)->partitions[0]->log();
        EXPECT_TRUE(log->append(test::shared_batch({.records = 3}), LeaderEpoch{0}, 0));
        EXPECT_TRUE(store_->commit_once());
        return log;
    }
    void on_commit(const log::Commit&) override {}
    LocalTopics::Put put(const metadata::TopicPtr& info) { return topics_->put(info, catalogue_.now); }

    test::ManualClock clock_;
    test::FaultyFileSystem files_;
    std::unique_ptr<log::LogStore> store_;
    TopicTable table_;
    test::ClusterCatalogue catalogue_;
    std::uint64_t topic_count_ = 1;
    metadata::TopicPtr here_, elsewhere_, with_another_;
    std::unique_ptr<LocalTopics> topics_;
};

TEST_F(LocalTopicsTest, AStartsHistoryRemovesNoLog) {
    EXPECT_TRUE(put(here_).outcome);
    EXPECT_TRUE(put(elsewhere_).outcome);
    EXPECT_EQ(store_->keys().size(), 1u);
    EXPECT_TRUE(put(here_).outcome);
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_EQ(store_->keys().size(), 1u);
    EXPECT_TRUE(put(elsewhere_).outcome);
    EXPECT_TRUE(store_->keys().empty());
}

TEST_F(LocalTopicsTest, WhatIsGoneWhenHistoryEndsGoes) {
    EXPECT_TRUE(put(here_).outcome);
    EXPECT_TRUE(put(elsewhere_).outcome);
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_TRUE(store_->keys().empty());
}

TEST_F(LocalTopicsTest, WhatTheOnlyReplicaHasIsCommittedWhenThereIsAnother) {
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_TRUE(put(here_).outcome);
    const auto log = write();
    EXPECT_TRUE(put(with_another_).outcome);
    write();
    EXPECT_EQ(log->readable_end(), Offset{3});
}

// The log may end with what this node alone has, though it is the only replica no more.
TEST_F(LocalTopicsTest, ThatItWasTheOnlyReplicaOnceMakesNothingCommitted) {
    EXPECT_TRUE(put(here_).outcome);
    const auto log = write();
    EXPECT_TRUE(put(with_another_).outcome);
    EXPECT_EQ(log->readable_end(), Offset{0});
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_EQ(log->readable_end(), Offset{0});
}

TEST_F(LocalTopicsTest, TellsWhichLogsHaveAnotherLeaderOrAreGone) {
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_TRUE(put(with_another_).changed.empty()) << "nobody can wait for it yet";
    const auto log = table_.find(here_->id)->partitions[0]->log();
    EXPECT_TRUE(put(with_another_).changed.empty()) << "nothing has changed";
    auto deposed = std::make_shared<metadata::Topic>(*with_another_);
    auto partition = with_another_->partitions->front();
    partition.leader = NodeId{2};
    partition.leader_epoch = LeaderEpoch{1};
    deposed->partitions = std::make_shared<metadata::PartitionTable>(std::vector{partition});
    EXPECT_EQ(put(deposed).changed, std::vector{log});
    EXPECT_EQ(put(elsewhere_).changed, std::vector{log});
}

TEST_F(LocalTopicsTest, ALogThatComesBackTooSoonIsToBePutAgain) {
    EXPECT_TRUE(topics_->remove_orphans(catalogue_.now));
    EXPECT_TRUE(put(here_).outcome);
    EXPECT_TRUE(put(elsewhere_).outcome);
    EXPECT_FALSE(put(here_).outcome);
    EXPECT_EQ(topics_->failed().size(), 1u);
    store_->commit_once();
    EXPECT_TRUE(store_->checkpoint_once());
    const auto again = put(here_);
    EXPECT_TRUE(again.outcome);
    EXPECT_EQ(again.before, nullptr);
    EXPECT_NE(again.now->partitions[0]->log(), nullptr);
    EXPECT_TRUE(topics_->failed().empty());
}

TEST_F(LocalTopicsTest, ATopicThatFailsWhenHistoryEndsHoldsNothingElseUp) {
    EXPECT_TRUE(put(here_).outcome);
    write();
    const log::LogKey orphan{Uuid::from_random(8, 8), PartitionId{0}};
    EXPECT_TRUE(store_->open_log(orphan, "orphan", {}));
    EXPECT_TRUE(store_->remove({here_->id, PartitionId{0}}));
    topics_ = std::make_unique<LocalTopics>(NodeId{1}, *store_, table_, nullptr);
    table_.remove(here_->id);
    EXPECT_FALSE(put(here_).outcome);
    EXPECT_FALSE(topics_->remove_orphans(catalogue_.now));
    EXPECT_TRUE(store_->keys().empty());
}

}  // namespace
}  // namespace weir::broker
