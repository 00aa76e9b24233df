// What of a topic's and a node's settings throttles which replicas.
#include "broker/replica_throttles.hpp"

#include "support/cluster_catalogue.hpp"

namespace weir::broker {
namespace {

class ReplicaThrottles : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    ReplicaThrottles() {
        join_all(3);
        create_on("t", {1, 2, 3});
    }
    void set(const std::string& name, const std::string& value) {
        metadata::AlterTopicSettings request{.name = "t"};
        request.changes = {{.name = name, .value = value}};
        EXPECT_EQ(outcome(request), "good");
    }
    void set_rate(std::optional<NodeId> node, const std::string& name, const std::string& value) {
        metadata::AlterBrokerSettings request{.node = node};
        request.changes = {{.name = name, .value = value}};
        EXPECT_EQ(outcome(request), "good");
    }
    // The nodes on which the replica of partition 0 is throttled.
    std::string throttled() const {
        std::string out;
        for (const int node : {1, 2, 3})
            if (is_throttled(*now.find("t"), PartitionId{0}, NodeId{node})) out += std::to_string(node);
        return out;
    }
};

TEST_F(ReplicaThrottles, CountByTheRoleOfTheNode) {
    EXPECT_EQ(throttled(), "");
    set("leader.replication.throttled.replicas", "0:1,0:2,1:3");
    EXPECT_EQ(throttled(), "1") << "node 2 follows";
    set("follower.replication.throttled.replicas", "1:2,0:3");
    EXPECT_EQ(throttled(), "13");
    set("follower.replication.throttled.replicas", "*");
    EXPECT_EQ(throttled(), "123");
    set("follower.replication.throttled.replicas", "00:3,0:33,x,:,0:");
    EXPECT_EQ(throttled(), "1");
}

TEST_F(ReplicaThrottles, SeeWhetherTwoStatesOfATopicDiffer) {
    const auto before = now.find_shared(now.find("t")->id);
    set("retention.ms", "1000");
    EXPECT_TRUE(same_throttles(*before, *now.find("t")));
    set("follower.replication.throttled.replicas", "*");
    EXPECT_FALSE(same_throttles(*before, *now.find("t")));
}

TEST_F(ReplicaThrottles, RatesAreTheNodesOwnOrTheDefault) {
    EXPECT_EQ(replication_rates(now, NodeId{2}).as_leader, replication::no_limit);
    set_rate(std::nullopt, "leader.replication.throttled.rate", "1000");
    set_rate(NodeId{2}, "leader.replication.throttled.rate", "5");
    set_rate(NodeId{2}, "follower.replication.throttled.rate", "7");
    EXPECT_EQ(replication_rates(now, NodeId{1}).as_leader, 1000);
    EXPECT_EQ(replication_rates(now, NodeId{2}).as_leader, 5);
    EXPECT_EQ(replication_rates(now, NodeId{2}).as_follower, 7);
    EXPECT_EQ(replication_rates(now, NodeId{1}).as_follower, replication::no_limit);
}

}  // namespace
}  // namespace weir::broker
