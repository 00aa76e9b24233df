// In-sync sets, elections and reassignments that are asked for: what is taken, and with which error it is
// refused.
#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using test::node_list;

class AlterInSync : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    AlterInSync() {
        join_all(4);
        create_on("t", {1, 2, 3}, 2);
    }
};

TEST_F(AlterInSync, ShrinksAndGrowsAndTellsTheNewState) {
    const auto reply = ask(proposal("t", {1, 3}));
    ASSERT_TRUE(reply && reply->outcomes[0]);
    EXPECT_EQ(reply->outcomes[0]->now, partition("t"));
    EXPECT_EQ(reply->outcomes[0]->min_insync_replicas, 2);
    EXPECT_EQ(partition("t").in_sync, node_list({1, 3}));
    EXPECT_EQ(partition("t").partition_epoch, PartitionEpoch{1});
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{0});
    EXPECT_EQ(set_in_sync("t", {3, 1, 2}), "good");
    EXPECT_EQ(partition("t").in_sync, node_list({1, 2, 3}));  // in the replicas' order
    EXPECT_EQ(set_in_sync("t", {1, 2, 3}), "good");           // nothing new
    EXPECT_EQ(partition("t").partition_epoch, PartitionEpoch{2});
}

TEST_F(AlterInSync, IsFencedByEpochs) {
    auto request = proposal("t", {1, 2});
    request.items[0].partition_epoch = PartitionEpoch{1};
    EXPECT_EQ(propose(request), "stale_partition_epoch");
    request = proposal("t", {1, 2});
    request.items[0].leader_epoch = LeaderEpoch{1};
    EXPECT_EQ(propose(request), "unknown_leader_epoch");
    request = proposal("t", {1, 2});
    request.leader = start_of(2);
    EXPECT_EQ(propose(request), "not_leader");
    request = proposal("t", {1, 2});
    request.leader.broker_epoch = BrokerEpoch{0};
    EXPECT_EQ(propose(request), "stale_broker_epoch");
    request = proposal("t", {1, 2});
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(propose(request), "stale_broker_epoch");
    request.leader = start_of(2);
    EXPECT_EQ(propose(request), "fenced_leader_epoch");
}

TEST_F(AlterInSync, TakesNoFencedDrainingOrRestartedMember) {
    EXPECT_EQ(set_in_sync("t", {1}), "good");
    auto old_start = proposal("t", {1, 2});
    EXPECT_EQ(start(2), "good");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "ineligible_replica");
    EXPECT_EQ(unfence(2), "good");
    old_start.items[0].partition_epoch = partition("t").partition_epoch;
    EXPECT_EQ(propose(old_start), "ineligible_replica");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(outcome(DrainNode{NodeId{3}, Drain::replicas}), "good");
    EXPECT_EQ(set_in_sync("t", {1, 2, 3}), "ineligible_replica");
}

TEST_F(AlterInSync, TakesNothingOdd) {
    EXPECT_EQ(set_in_sync("t", {2, 3}), "invalid_argument");
    EXPECT_EQ(set_in_sync("t", {}), "invalid_argument");
    EXPECT_EQ(set_in_sync("t", {1, 4}), "invalid_argument");
    EXPECT_EQ(set_in_sync("t", {1, 2, 2}), "invalid_argument");
    auto request = proposal("t", {1});
    request.items[0].recovery = LeaderRecovery::recovering;
    EXPECT_EQ(propose(request), "invalid_argument");
    request = proposal("t", {1});
    request.items[0].topic = Uuid::from_random(5, 5);
    EXPECT_EQ(propose(request), "unknown_topic_id");
    request = proposal("t", {1});
    request.items[0].partition = PartitionId{7};
    EXPECT_EQ(propose(request), "not_found");
    request.items.resize(max_request_partitions + 1);
    EXPECT_EQ(propose(request), "limit_exceeded");
}

TEST_F(AlterInSync, AnswersEachPartitionForItself) {
    create_on("u", {1, 2});
    auto request = proposal("t", {1});
    request.items.push_back(proposal("u", {1}).items[0]);
    request.items.push_back(request.items[0]);
    request.items[0].partition_epoch = PartitionEpoch{9};
    const auto reply = ask(request);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->outcomes[0].error().code, Errc::stale_partition_epoch);
    EXPECT_TRUE(reply->outcomes[1]);
    EXPECT_EQ(reply->outcomes[2].error().code, Errc::invalid_argument);  // named before
    EXPECT_EQ(partition("u").in_sync, node_list({1}));
}

class Elect : public AlterInSync {
  protected:
    std::string elect(ElectLeaders::Kind kind, const std::string& topic = "t", int number = 0) {
        const auto reply = ask(ElectLeaders{kind, {{{topic, PartitionId{number}}}}});
        if (!reply) return std::string{name(reply.error().code)};
        EXPECT_EQ(reply->outcomes.size(), 1u);
        const auto& result = reply->outcomes[0].result;
        return result ? "good" : std::string{name(result.error().code)};
    }
    using Kind = ElectLeaders::Kind;
};

TEST_F(Elect, GivesThePreferredLeaderItsPlaceWhenItIsInSync) {
    EXPECT_EQ(elect(Kind::preferred), "election_not_needed");
    EXPECT_EQ(elect(Kind::preferred, "none"), "not_found");
    EXPECT_EQ(elect(Kind::preferred, "t", 1), "not_found");
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(elect(Kind::preferred), "preferred_not_available");
    EXPECT_EQ(unfence(1), "good");
    EXPECT_EQ(elect(Kind::preferred), "preferred_not_available");
    EXPECT_EQ(set_in_sync("t", {1, 2, 3}), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(elect(Kind::preferred), "good");
    EXPECT_EQ(partition("t").leader, NodeId{1});
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{2});
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::leaders}), "good");
    EXPECT_EQ(elect(Kind::preferred), "preferred_not_available");
}

TEST_F(Elect, FindsAllThatNeedOneWhenNoneIsNamed) {
    create_on("u", {2, 1});
    EXPECT_EQ(fence(1), "good");
    const auto reply = ask(ElectLeaders{.kind = Kind::preferred});
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->outcomes.size(), 1u);
    EXPECT_EQ(reply->outcomes[0].partition, (TopicPartition{"t", PartitionId{0}}));
    EXPECT_FALSE(reply->outcomes[0].result);
}

TEST_F(Elect, IsUncleanOnlyWhereAllowed) {
    EXPECT_EQ(elect(Kind::unclean), "election_not_needed");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(fence(1) + fence(2) + fence(3), "goodgoodgood");
    EXPECT_EQ(elect(Kind::unclean), "no_eligible_leader");
    EXPECT_EQ(unfence(3), "good");
    EXPECT_EQ(elect(Kind::unclean), "no_eligible_leader");
    EXPECT_EQ(outcome(AlterBrokerSettings{
                  .changes = {{.name = "unclean.leader.election.enable", .value = "true"}}}),
              "good");
    EXPECT_EQ(partition("t").leader, NodeId{3});
    EXPECT_EQ(now.unclean_elections(), 1u);
    EXPECT_EQ(elect(Kind::unclean), "election_not_needed");
}

class Reassign : public AlterInSync {
  protected:
    std::string move(std::optional<NodeList> target, bool may_change_replica_count = true) {
        const auto reply =
            ask(ReassignPartitions{{{{"t", PartitionId{0}}, std::move(target)}}, may_change_replica_count});
        if (!reply) return std::string{name(reply.error().code)};
        return reply->outcomes[0] ? "good" : std::string{name(reply->outcomes[0].error().code)};
    }
};

TEST_F(Reassign, AddsFirstAndTakesAwayWhenTheNewAreInSync) {
    EXPECT_EQ(move(node_list({4, 2})), "good");
    const auto& during = partition("t");
    EXPECT_EQ(during.replicas, node_list({1, 2, 3, 4}));
    EXPECT_EQ(during.adding, node_list({4}));
    EXPECT_EQ(during.removing(), node_list({1, 3}));
    EXPECT_EQ(during.original(), node_list({1, 2, 3}));
    EXPECT_EQ(now.find("t")->replication_factor(), 3);
    EXPECT_EQ(during.leader, NodeId{1});
    EXPECT_EQ(set_in_sync("t", {1, 2, 3, 4}), "good");
    EXPECT_EQ(partition("t").replicas, node_list({4, 2}));
    EXPECT_EQ(partition("t").in_sync, node_list({4, 2}));
    EXPECT_EQ(partition("t").leader, NodeId{4});
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{1});
    EXPECT_FALSE(partition("t").is_reassigning());
}

// The leader's view of a replica that comes back at once would be that of the log that has gone.
TEST_F(Reassign, BeginsALeaderEpochWhenAReplicaGoes) {
    EXPECT_EQ(move(node_list({1, 2})), "good");
    EXPECT_EQ(partition("t").replicas, node_list({1, 2}));
    EXPECT_EQ(partition("t").leader, NodeId{1});
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{1});
    EXPECT_EQ(move(node_list({1, 2, 3})), "good");
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{1}) << "one more changes nothing";
    EXPECT_EQ(move(std::nullopt), "good");
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{2});
}

TEST_F(Reassign, WaitsUntilTheMinimumHoldsWithoutTheOldOnes) {
    EXPECT_EQ(set_in_sync("t", {1, 3}), "good");
    EXPECT_EQ(move(node_list({4, 2})), "good");
    EXPECT_EQ(set_in_sync("t", {1, 3, 4}), "good");
    EXPECT_TRUE(partition("t").is_reassigning());  // 4 alone is fewer than min.insync.replicas
    EXPECT_EQ(set_in_sync("t", {1, 2, 3, 4}), "good");
    EXPECT_FALSE(partition("t").is_reassigning());
}

TEST_F(Reassign, IsCancelledToTheOldOrder) {
    EXPECT_EQ(move(std::nullopt), "no_reassignment");
    EXPECT_EQ(move(node_list({4, 3, 2})), "good");
    EXPECT_EQ(move(std::nullopt), "good");
    EXPECT_EQ(partition("t").replicas, node_list({1, 2, 3}));
    EXPECT_EQ(partition("t").in_sync, node_list({1, 2, 3}));
    EXPECT_FALSE(partition("t").is_reassigning());
}

TEST_F(Reassign, IsNotCancelledOntoReplicasThatAreAllBehind) {
    create_on("t1", {1});
    const auto on = [&](std::optional<NodeList> target) {
        return ask(ReassignPartitions{{{{"t1", PartitionId{0}}, std::move(target)}}})->outcomes[0];
    };
    EXPECT_TRUE(on(node_list({4, 2})));
    EXPECT_EQ(set_in_sync("t1", {1, 4}), "good");
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(partition("t1").leader, NodeId{4});
    EXPECT_EQ(on(std::nullopt).error().code, Errc::invalid_assignment);
    EXPECT_EQ(set_in_sync("t1", {2, 4}), "good");
    EXPECT_EQ(partition("t1").replicas, node_list({4, 2}));
}

TEST_F(Reassign, IsReplacedByAnother) {
    EXPECT_EQ(move(node_list({4, 1})), "good");
    EXPECT_EQ(move(node_list({3, 2, 1})), "good");
    EXPECT_EQ(partition("t").replicas, node_list({3, 2, 1}));  // nothing to wait for
    EXPECT_FALSE(partition("t").is_reassigning());
    EXPECT_EQ(partition("t").leader, NodeId{1});  // until somebody asks for the preferred one
    EXPECT_EQ(move(node_list({1})), "good");
    EXPECT_EQ(partition("t").replicas, node_list({1}));
}

TEST_F(Reassign, RefusesTargetsThatCannotBe) {
    EXPECT_EQ(move(NodeList{}), "invalid_assignment");
    EXPECT_EQ(move(node_list({1, 1})), "invalid_assignment");
    EXPECT_EQ(move(node_list({1, 9})), "invalid_assignment");
    EXPECT_EQ(move(node_list({1}), false), "invalid_replication");
    EXPECT_EQ(move(node_list({3, 2, 4}), false), "good");
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::replicas}), "good");
    create_on("u", {2, 3});
    const auto reply = ask(ReassignPartitions{{{{"u", PartitionId{0}}, node_list({1, 2})},
                                               {{"u", PartitionId{0}}, node_list({3, 2})},
                                               {{"none", PartitionId{0}}, node_list({3, 2})}}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->outcomes[0].error().code, Errc::invalid_assignment);
    EXPECT_EQ(reply->outcomes[1].error().code, Errc::invalid_argument);
    EXPECT_EQ(reply->outcomes[2].error().code, Errc::not_found);
}

TEST_F(Reassign, GoesOnWhenTheLeaderDies) {
    EXPECT_EQ(move(node_list({4, 2, 3})), "good");
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(set_in_sync("t", {2, 3, 4}), "good");
    EXPECT_EQ(partition("t").replicas, node_list({4, 2, 3}));
    EXPECT_EQ(partition("t").leader, NodeId{2});
}

}  // namespace
}  // namespace weir::metadata
