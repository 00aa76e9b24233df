// Nodes that register, are fenced and come back, are drained and removed: what is allowed, and what is
// refused.
#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using test::node_list;

class DecideNodes : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    void settle_drains() {
        ControllerTick tick{.drain = true};
        for (int i = 0; i < 1000 && !tick.is_empty(); ++i) tick = *ask(tick);
        EXPECT_TRUE(tick.is_empty() || tick.drain);
    }
    // All replicas that are being added catch up.
    void catch_up(const std::string& topic) {
        for (int i = 0; i < now.find(topic)->partition_count(); ++i) {
            if (!partition(topic, i).is_reassigning()) continue;
            auto request = proposal(topic, {}, i);
            for (const auto node : partition(topic, i).replicas)
                request.items[0].in_sync.push_back(start_of(node.value));
            EXPECT_EQ(propose(request), "good");
        }
    }
};

TEST_F(DecideNodes, GetAGreaterBrokerEpochWithEachStartAndAreFencedAtFirst) {
    const auto first = ask(RegisterNode{.node = node(1)});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->broker_epoch, BrokerEpoch{1});
    EXPECT_TRUE(now.node(NodeId{1})->is_fenced);
    EXPECT_FALSE(now.node(NodeId{1})->started_unclean);  // has never acknowledged anything
    EXPECT_EQ(unfence(1), "good");
    EXPECT_FALSE(now.node(NodeId{1})->is_fenced);
    EXPECT_EQ(ask(RegisterNode{.node = node(1)})->broker_epoch, BrokerEpoch{2});
    EXPECT_TRUE(now.node(NodeId{1})->is_fenced);
    EXPECT_TRUE(now.node(NodeId{1})->started_unclean);
    EXPECT_EQ(outcome(UnfenceNode{{NodeId{1}, BrokerEpoch{1}}}), "stale_broker_epoch");
    EXPECT_EQ(outcome(FenceNode{{NodeId{1}, BrokerEpoch{1}}}), "stale_broker_epoch");
    EXPECT_EQ(unfence(1), "good");
    EXPECT_FALSE(now.node(NodeId{1})->started_unclean);
}

TEST_F(DecideNodes, DoNotComeBackWithoutTheirData) {
    join(1);
    auto wiped = node(1);
    wiped.incarnation = Uuid::from_random(8, 8);
    EXPECT_EQ(outcome(RegisterNode{.node = wiped}), "already_exists");
    wiped.incarnation = {};
    EXPECT_EQ(outcome(RegisterNode{.node = wiped}), "already_exists");
    EXPECT_EQ(now.node(NodeId{1})->broker_epoch, BrokerEpoch{1});
}

TEST_F(DecideNodes, WithoutALeaseAreNeverFenced) {
    EXPECT_EQ(outcome(RegisterNode{.node = {.id = NodeId{1}}}), "good");
    EXPECT_TRUE(now.node(NodeId{1})->is_usable());
    EXPECT_EQ(fence(1), "invalid_argument");
    EXPECT_EQ(outcome(FenceNode{{NodeId{2}, BrokerEpoch{0}}}), "not_found");
    ASSERT_EQ(create({.name = "t", .partitions = 3}), "good");
    EXPECT_EQ(start(1), "good");  // the cluster grows: from now on it has one
    EXPECT_EQ(partition("t").leader, no_node);
    EXPECT_EQ(unfence(1), "good");
    EXPECT_EQ(partition("t").leader, NodeId{1});
}

TEST_F(DecideNodes, TakeNoNewReplicasWhileFencedOrDraining) {
    join_all(3);
    EXPECT_EQ(fence(3), "good");
    EXPECT_EQ(
        decide(now, CreateTopic{.name = "t", .replication_factor = 3}).error().message,
        "3 replicas need 3 nodes, and there are 2 (1 more fenced or being drained): add nodes or ask for "
        "fewer replicas");
    EXPECT_EQ(create({.name = "a", .assignment = {node_list({3})}}), "invalid_assignment");
    EXPECT_EQ(create({.name = "b", .assignment = {node_list({3, 1})}}), "good");
    EXPECT_EQ(partition("b").leader, NodeId{1});
    EXPECT_EQ(partition("b").in_sync, node_list({1}));
    EXPECT_EQ(outcome(DrainNode{NodeId{2}, Drain::replicas}), "good");
    EXPECT_EQ(create({.name = "c", .assignment = {node_list({1, 2})}}), "invalid_assignment");
    EXPECT_EQ(create({.name = "c", .partitions = 2}), "good");
    EXPECT_EQ(partition("c", 1).leader, NodeId{1});
}

TEST_F(DecideNodes, AreDrainedOfLeadersUntilTheyStartAgain) {
    join_all(2);
    create_on("t", {1, 2});
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::leaders}), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");  // it stays a follower
    EXPECT_EQ(set_in_sync("t", {2}), "good");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "ineligible_replica");  // but does not join
    EXPECT_EQ(start(1, true), "good");
    EXPECT_EQ(now.node(NodeId{1})->drain, Drain::none);
    EXPECT_EQ(unfence(1), "good");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
}

TEST_F(DecideNodes, AreDrainedOfReplicasAndRemoved) {
    join_all(4);
    ASSERT_EQ(create({.name = "t", .partitions = 120, .replication_factor = 3}), "good");
    EXPECT_EQ(outcome(RemoveNode{NodeId{1}}), "invalid_argument");
    const auto progress = ask(DrainNode{NodeId{1}, Drain::replicas});
    ASSERT_TRUE(progress);
    EXPECT_EQ(progress->leading, 0u);
    EXPECT_EQ(progress->replicas, 90u);
    EXPECT_EQ(outcome(RemoveNode{NodeId{1}}), "invalid_argument");
    settle_drains();
    std::size_t moving = 0;
    for (const auto& at : *now.find("t")->partitions) moving += at.is_reassigning() ? 1 : 0;
    EXPECT_EQ(moving, 50u);
    for (int round = 0; round < 5 && now.replicas_of(NodeId{1}).replicas != 0; ++round) {
        catch_up("t");
        settle_drains();
    }
    EXPECT_EQ(drain_progress(now, NodeId{1}).replicas, 0u);
    for (const auto& at : *now.find("t")->partitions) {
        EXPECT_EQ(at.replicas.size(), 3u);
        EXPECT_EQ(at.in_sync.size(), 3u);
    }
    ASSERT_EQ(outcome(AlterBrokerSettings{.node = NodeId{1},
                                          .changes = {{.name = "num.partitions", .value = "2"}}}),
              "good");
    EXPECT_EQ(outcome(RemoveNode{NodeId{1}}), "good");
    EXPECT_EQ(now.node(NodeId{1}), nullptr);
    EXPECT_TRUE(now.broker_overrides(NodeId{1}).empty());
    EXPECT_EQ(start(1), "already_exists");
    EXPECT_EQ(outcome(RemoveNode{NodeId{1}}), "not_found");
}

TEST_F(DecideNodes, AreNotDrainedWhereTheirReplicasWouldFindNoRoom) {
    join_all(3);
    ASSERT_EQ(create({.name = "t", .partitions = 1, .replication_factor = 3}), "good");
    EXPECT_EQ(decide(now, DrainNode{NodeId{2}, Drain::replicas}).error().message,
              "node 2 has partitions of 3 replicas, and there are only 2 other nodes: add nodes or lower the "
              "number of replicas");
    EXPECT_EQ(outcome(DrainNode{NodeId{2}, Drain::leaders}), "good");
}

TEST_F(DecideNodes, OfADeadOneTheReplicasAreMadeAnewElsewhere) {
    join_all(4);
    create_on("t", {1, 2, 3}, 2);
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::replicas}), "good");
    settle_drains();
    EXPECT_EQ(partition("t").target, node_list({4, 2, 3}));
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(set_in_sync("t", {2, 3, 4}), "good");
    EXPECT_EQ(partition("t").replicas, node_list({4, 2, 3}));
    EXPECT_EQ(outcome(RemoveNode{NodeId{1}}), "good");
}

TEST_F(DecideNodes, ThatLeadTenThousandPartitionsFailOverInOneEntry) {
    join_all(3);
    ASSERT_EQ(create({.name = "t", .partitions = 10'000, .replication_factor = 3}), "good");
    const auto leading = [&](int id) { return drain_progress(now, NodeId{id}).leading; };
    EXPECT_NEAR(static_cast<double>(leading(1)), 3333, 1);
    const auto reply = ask(FenceNode{start_of(1)});
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->is_complete);
    EXPECT_LT(last_entry_bytes, 250'000u);
    EXPECT_EQ(leading(1), 0u);
    EXPECT_NEAR(static_cast<double>(leading(2)), 5000, 1);  // the two others share what it led
}

TEST_F(DecideNodes, WithMoreThanFitsAreFencedOverSeveralEntries) {
    join_all(3);
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(create({.name = fmt::format("t{}", i), .partitions = 10'000, .replication_factor = 3}),
                  "good");
    }
    const auto first = ask(FenceNode{start_of(1)});
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->is_complete);
    EXPECT_GT(drain_progress(now, NodeId{1}).leading, 0u);
    const auto early = ask(UnfenceNode{start_of(1)});  // only goes on with the fencing
    ASSERT_TRUE(early);
    EXPECT_FALSE(early->is_complete);
    EXPECT_TRUE(now.node(NodeId{1})->is_fenced);
    ControllerTick tick{.settle = true};
    for (int i = 0; i < 10 && !tick.is_empty(); ++i) tick = *ask(tick);
    EXPECT_TRUE(tick.is_empty());
    EXPECT_EQ(drain_progress(now, NodeId{1}).leading, 0u);
    EXPECT_EQ(unfence(1), "good");
    EXPECT_FALSE(now.node(NodeId{1})->is_fenced);
}

TEST_F(DecideNodes, ThatFailTogetherAreFencedTogether) {
    join_all(4);
    create_on("t", {1, 2, 3}, 2);
    const auto rest = ask(ControllerTick{.lost = {start_of(1), start_of(2)}, .rebalance = true});
    ASSERT_TRUE(rest);
    EXPECT_TRUE(rest->rebalance && !rest->settle && rest->lost.empty());
    EXPECT_EQ(partition("t").leader, NodeId{3});
    EXPECT_EQ(partition("t").partition_epoch, PartitionEpoch{1});
    EXPECT_EQ(partition("t").eligible, node_list({1, 2}));
    ASSERT_TRUE(ask(ControllerTick{.back = {start_of(1), start_of(2)}}));
    EXPECT_TRUE(now.node(NodeId{1})->is_usable());
    EXPECT_EQ(set_in_sync("t", {1, 3}), "good");
    EXPECT_EQ(partition("t").leader, NodeId{3});
    EXPECT_TRUE(ask(ControllerTick{.rebalance = true})->is_empty());
    EXPECT_EQ(partition("t").leader, NodeId{1});
}

}  // namespace
}  // namespace weir::metadata
