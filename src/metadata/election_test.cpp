// Who leads and who may, as nodes come and go: one test for each rule.
#include "metadata/election.hpp"

#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using test::node_list;

class Election : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    Election() { join_all(4); }
    // "leader/in sync/eligible", nodes as digits.
    std::string state(const std::string& topic = "t") const {
        const auto text = [](const NodeList& nodes) {
            std::string out;
            for (const auto node : nodes) out += std::to_string(node.value);
            return out;
        };
        const auto& at = partition(topic);
        return fmt::format("{}/{}/{}", at.leader.value, text(at.in_sync), text(at.eligible));
    }
    void kill(std::initializer_list<int> nodes) {
        for (const int node : nodes) EXPECT_EQ(fence(node), "good");
    }
};

TEST_F(Election, TakesTheFirstInSyncReplicaAndCountsEpochs) {
    create_on("t", {1, 2, 3});
    EXPECT_EQ(state(), "1/123/");
    kill({2});
    EXPECT_EQ(state(), "1/13/");
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{0});
    EXPECT_EQ(partition("t").partition_epoch, PartitionEpoch{1});
    kill({1});
    EXPECT_EQ(state(), "3/3/");
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{1});
    EXPECT_EQ(partition("t").partition_epoch, PartitionEpoch{2});
}

TEST_F(Election, KeepsThoseEligibleThatLeaveBelowTheMinimum) {
    create_on("t", {1, 2, 3}, 2);
    kill({2});
    EXPECT_EQ(state(), "1/13/");  // the high watermark goes on without 2
    kill({3});
    EXPECT_EQ(state(), "1/1/3");  // and stands still since 3 left
    kill({1});
    EXPECT_EQ(state(), "-1//13");
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(state(), "-1//13");
    EXPECT_EQ(unfence(3), "good");
    EXPECT_EQ(state(), "3/3/1");
    EXPECT_EQ(set_in_sync("t", {2, 3}), "good");
    EXPECT_EQ(state(), "3/23/");
    EXPECT_EQ(now.unclean_elections(), 0u);
}

TEST_F(Election, KeepsTheLastReplicaEligibleWhenTheMinimumIsOne) {
    create_on("t", {1, 2});
    kill({2, 1});
    EXPECT_EQ(state(), "-1//1");
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(state(), "-1//1");
    EXPECT_EQ(start(1), "good");  // killed: but nobody knows better
    EXPECT_EQ(state(), "-1//1");
    EXPECT_EQ(unfence(1), "good");
    EXPECT_EQ(state(), "1/1/");
    EXPECT_EQ(now.unclean_elections(), 0u);
}

TEST_F(Election, TakesAnUncleanStarterOutOfWhatIsEligible) {
    create_on("t", {1, 2, 3}, 3);
    kill({2, 3});
    EXPECT_EQ(state(), "1/1/23");
    EXPECT_EQ(start(2), "good");
    EXPECT_EQ(state(), "1/1/3");
    EXPECT_EQ(partition("t").last_known, node_list({2}));
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(state(), "1/1/3");
    EXPECT_EQ(start(3, true), "good");  // stopped in order: as before
    EXPECT_EQ(state(), "1/1/3");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(partition("t").last_known, node_list({}));
}

TEST_F(Election, KeepsAnUncleanStarterEligibleWhereTheJournalHasAllThatItAcknowledged) {
    create_on("t", {1, 2, 3}, 3, "journal");
    create_on("u", {1, 2, 3}, 3, "page-cache");
    kill({2, 3, 1});
    EXPECT_EQ(start(2), "good");
    EXPECT_EQ(state("t"), "-1//123");
    EXPECT_EQ(state("u"), "-1//13");
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(state("t"), "2/2/13");
    EXPECT_EQ(state("u"), "-1//13");
    EXPECT_EQ(now.unclean_elections(), 0u);
}

TEST_F(Election, ElectsAtAStartOfTheLeaderThatNobodyNoticed) {
    create_on("t", {1, 2});
    EXPECT_EQ(start(1), "good");
    EXPECT_EQ(state(), "2/2/");
    EXPECT_EQ(now.node(NodeId{1})->broker_epoch, BrokerEpoch{2});
    EXPECT_TRUE(now.node(NodeId{1})->is_fenced);
}

TEST_F(Election, IsUncleanOnlyWhereTheTopicSaysSo) {
    create_on("t", {1, 2});
    create_on("u", {1, 2});
    kill({2, 1});
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(state("u"), "-1//1");
    const auto allow = [&](const char* value) {
        return outcome(AlterTopicSettings{
            .name = "u", .changes = {{.name = "unclean.leader.election.enable", .value = value}}});
    };
    EXPECT_EQ(allow("true"), "good");
    EXPECT_EQ(state("u"), "2/2/");
    EXPECT_EQ(partition("u").recovery, LeaderRecovery::recovering);
    EXPECT_EQ(now.unclean_elections(), 1u);
    EXPECT_EQ(state("t"), "-1//1");

    auto request = proposal("u", {2});
    request.items[0].recovery = LeaderRecovery::recovered;
    EXPECT_EQ(propose(request), "good");
    EXPECT_EQ(partition("u").recovery, LeaderRecovery::recovered);
    EXPECT_EQ(now.unclean_elections(), 1u);
}

TEST_F(Election, PrefersTheLastKnownWhenItIsUnclean) {
    create_on("t", {1, 2, 3}, 3);
    kill({3, 1, 2});
    EXPECT_EQ(state(), "-1//123");
    EXPECT_EQ(start(3), "good");
    EXPECT_EQ(partition("t").last_known, node_list({3}));
    auto wanted = partition("t");
    auto nodes = now.nodes();
    nodes[NodeId{1}].is_fenced = nodes[NodeId{2}].is_fenced = true;
    nodes[NodeId{3}].is_fenced = nodes[NodeId{3}].started_unclean = false;
    wanted.eligible = {};
    const auto after = settled(partition("t"), wanted, {nodes, 3, true, true});
    EXPECT_EQ(after.leader, NodeId{3});
    EXPECT_EQ(after.recovery, LeaderRecovery::recovering);
    EXPECT_TRUE(after.eligible.empty() && after.last_known.empty());
}

TEST_F(Election, MovesLeadersOffADrainingNodeWhileAnotherIsInSync) {
    create_on("t", {1, 2});
    create_on("alone", {1});
    const auto progress = ask(DrainNode{NodeId{1}, Drain::leaders});
    ASSERT_TRUE(progress);
    EXPECT_EQ(progress->leading, 1u);
    EXPECT_EQ(progress->replicas, 2u);
    EXPECT_EQ(state(), "2/12/");
    EXPECT_EQ(state("alone"), "1/1/");
    kill({2});
    EXPECT_EQ(state(), "1/1/");  // better than none
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(state(), "2/12/");
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::none}), "good");
    EXPECT_EQ(state(), "2/12/");
}

TEST_F(Election, ForgetsTheEligibleWhenTheMinimumIsLowered) {
    create_on("t", {1, 2}, 2);
    kill({2});
    EXPECT_EQ(state(), "1/1/2");
    EXPECT_EQ(
        outcome(AlterTopicSettings{.name = "t", .changes = {{.name = "min.insync.replicas", .value = "1"}}}),
        "good");
    EXPECT_EQ(state(), "1/1/");  // the leader goes on alone from here on
}

TEST_F(Election, FollowsAClusterWideMinimumButNoNodesOwn) {
    ASSERT_EQ(create({.name = "t", .assignment = {node_list({1, 2})}}), "good");
    const auto set = [&](std::optional<NodeId> node, const char* value) {
        return outcome(
            AlterBrokerSettings{.node = node, .changes = {{.name = "min.insync.replicas", .value = value}}});
    };
    EXPECT_EQ(set(NodeId{1}, "1"), "good");
    EXPECT_EQ(set(std::nullopt, "2"), "good");
    EXPECT_EQ(now.find("t")->settings->min_insync_replicas, 1);
    EXPECT_EQ(now.find("t")->settings->cluster_min_insync_replicas, 2);
    kill({2});
    EXPECT_EQ(state(), "1/1/2");
    EXPECT_EQ(set(std::nullopt, "1"), "good");
    EXPECT_EQ(state(), "1/1/");
}

TEST_F(Election, CountsNoMoreInTheMinimumThanThereAreReplicas) {
    Partition partition{.replicas = node_list({1, 2})};
    EXPECT_EQ(min_in_sync(partition, 3), 2u);
    EXPECT_EQ(min_in_sync(partition, 0), 1u);
    partition.adding = node_list({2});
    EXPECT_EQ(min_in_sync(partition, 3), 1u);
}

TEST_F(Election, ChangesNothingTwice) {
    create_on("t", {1, 2, 3}, 2);
    kill({1, 2});
    const auto& at = partition("t");
    EXPECT_EQ(settled(at, at, rules_for(now, *now.find("t"))), at);
}

TEST(CheckPartition, RefusesWhatCannotBe) {
    const Partition good{.leader = NodeId{1},
                         .replicas = node_list({1, 2, 3}),
                         .in_sync = node_list({1}),
                         .eligible = node_list({2})};
    EXPECT_TRUE(check_partition(good));
    const auto with = [&](auto change) {
        auto partition = good;
        change(partition);
        return check_partition(partition).has_value();
    };
    EXPECT_FALSE(with([](auto& p) { p.leader = NodeId{2}; }));
    EXPECT_FALSE(with([](auto& p) { p.leader = no_node; }));
    EXPECT_FALSE(with([](auto& p) { p.in_sync = node_list({1, 2}); }));  // 2 is eligible as well
    EXPECT_FALSE(with([](auto& p) { p.in_sync = node_list({1, 4}); }));
    EXPECT_FALSE(with([](auto& p) { p.eligible = node_list({3, 2}); }));
    EXPECT_FALSE(with([](auto& p) { p.replicas = node_list({1, 2, 2}); }));
    EXPECT_FALSE(with([](auto& p) { p.adding = node_list({3}); }));
    EXPECT_FALSE(with([](auto& p) { p.target = node_list({1, 4}); }));
    EXPECT_FALSE(with([](auto& p) { p.adding = node_list({3}), p.target = node_list({1, 2}); }));
    EXPECT_TRUE(with([](auto& p) { p.adding = node_list({3}), p.target = node_list({3, 1}); }));
    EXPECT_FALSE(with([](auto& p) { p.leader = no_node, p.in_sync.clear(), p.eligible.clear(); }));
    EXPECT_FALSE(check_step(good, good));  // no epoch has grown
}

}  // namespace
}  // namespace weir::metadata
