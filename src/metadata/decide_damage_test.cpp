// Replicas whose logs are damaged: counted out where another one has all, kept where none has.
#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using test::node_list;

class DamagedReplica : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    DamagedReplica() {
        join_all(4);
        create_on("t", {1, 2, 3}, 2, "journal");
    }
    // The outcome of the only replica: its leader epoch, or the error's name.
    std::string damaged(int node, const std::string& topic = "t") {
        const auto reply =
            ask(DamagedReplicas{.start = start_of(node), .items = {{now.find(topic)->id, {}}}});
        if (!reply) return std::string{name(reply.error().code)};
        const auto& outcome = reply->outcomes.at(0);
        return outcome ? std::to_string(outcome->value) : std::string{name(outcome.error().code)};
    }
};

TEST_F(DamagedReplica, OfALeaderIsFollowedByAnother) {
    EXPECT_EQ(damaged(1), "1");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(partition("t").in_sync, node_list({2, 3}));
    EXPECT_TRUE(partition("t").eligible.empty());
    EXPECT_EQ(partition("t").leader_epoch, LeaderEpoch{1});
}

TEST_F(DamagedReplica, OfAFollowerBeginsALeaderEpochToo) {
    EXPECT_EQ(damaged(3), "1");
    EXPECT_EQ(partition("t").leader, NodeId{1});
    EXPECT_EQ(partition("t").in_sync, node_list({1, 2}));
    EXPECT_EQ(damaged(3), "2");  // not in sync: its leader knows how far it had come all the same
    EXPECT_EQ(partition("t").in_sync, node_list({1, 2}));
    EXPECT_EQ(set_in_sync("t", {1, 2, 3}), "good");
}

TEST_F(DamagedReplica, IsNotEligibleEither) {
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(fence(2), "good");
    EXPECT_EQ(partition("t").eligible, node_list({2}));
    EXPECT_EQ(damaged(2), "1");  // fenced nodes tell, too
    EXPECT_TRUE(partition("t").eligible.empty());
    EXPECT_TRUE(partition("t").last_known.empty());
    EXPECT_EQ(partition("t").in_sync, node_list({1}));
}

TEST_F(DamagedReplica, WaitsForAnEligibleOneThatIsAway) {
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(fence(2), "good");
    EXPECT_EQ(damaged(1), "1");
    EXPECT_EQ(partition("t").leader, no_node);
    EXPECT_EQ(partition("t").eligible, node_list({2}));
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(partition("t").in_sync, node_list({2}));
}

TEST_F(DamagedReplica, StaysIfNoOtherHasAll) {
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(set_in_sync("t", {1}), "good");
    EXPECT_EQ(damaged(2), "1");
    const auto before = partition("t");
    EXPECT_EQ(damaged(1), "no_eligible_leader");
    EXPECT_EQ(partition("t"), before);
    create_on("alone", {4});
    EXPECT_EQ(damaged(4, "alone"), "no_eligible_leader");
    EXPECT_EQ(partition("alone").leader, NodeId{4});
}

TEST_F(DamagedReplica, StaysWhereAnUncleanLeaderWouldBeItself) {
    EXPECT_EQ(outcome(AlterTopicSettings{
                  .name = "t", .changes = {{.name = "unclean.leader.election.enable", .value = "true"}}}),
              "good");
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(fence(2), "good");
    EXPECT_EQ(damaged(1), "no_eligible_leader");
    EXPECT_EQ(unfence(2), "good");
    EXPECT_EQ(damaged(1), "1");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(now.unclean_elections(), 0u);
}

TEST_F(DamagedReplica, IsToldByItsOwnNodesNewestStart) {
    DamagedReplicas request{.start = start_of(1), .items = {{now.find("t")->id, PartitionId{7}}}};
    EXPECT_EQ(ask(request)->outcomes[0].error().code, Errc::not_found);
    request.items[0] = {Uuid::from_random(5, 5), PartitionId{0}};
    EXPECT_EQ(ask(request)->outcomes[0].error().code, Errc::unknown_topic_id);
    EXPECT_EQ(damaged(4), "invalid_argument");
    request.items = {{now.find("t")->id, {}}, {now.find("t")->id, {}}};
    EXPECT_EQ(ask(request)->outcomes[1].error().code, Errc::invalid_argument);
    EXPECT_EQ(start(1), "good");
    EXPECT_EQ(outcome(request), "stale_broker_epoch");
    request.start.node = NodeId{9};
    EXPECT_EQ(outcome(request), "not_found");
    request.items.resize(max_request_partitions + 1);
    EXPECT_EQ(outcome(request), "limit_exceeded");
}

}  // namespace
}  // namespace weir::metadata
