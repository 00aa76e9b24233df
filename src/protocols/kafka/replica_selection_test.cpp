// The replica that a consumer in a rack is sent to.
#include "protocols/kafka/replica_selection.hpp"

#include <gtest/gtest.h>

#include "support/cluster_catalogue.hpp"

namespace weir::kafka {
namespace {

class ReplicaSelection : public testing::Test {
  protected:
    ReplicaSelection() {
        cluster_.join(1, "a");
        cluster_.join(2, "b");
        cluster_.join(3, "b");
        cluster_.join(4);
        cluster_.create_on("t", {1, 2, 3, 4});
    }
    std::optional<NodeId> chosen(std::string_view rack, int partition = 0) const {
        return replica_in_rack(cluster_.now, cluster_.partition("t"), PartitionId{partition}, rack);
    }

    test::ClusterCatalogue cluster_;
};

TEST_F(ReplicaSelection, IsOneInSyncInTheConsumersRack) {
    EXPECT_EQ(chosen("b"), NodeId{2});
    EXPECT_EQ(chosen("b", 1), NodeId{3}) << "they share the partitions";
    EXPECT_EQ(chosen("a"), std::nullopt) << "the leader stands there itself";
    EXPECT_EQ(chosen("c"), std::nullopt);
    EXPECT_EQ(chosen(""), std::nullopt);
}

TEST_F(ReplicaSelection, LeavesOutWhoIsNotInSyncOrNotThere) {
    EXPECT_EQ(cluster_.set_in_sync("t", {1, 3}), "good");
    EXPECT_EQ(chosen("b"), NodeId{3});
    EXPECT_EQ(cluster_.fence(3), "good");
    EXPECT_EQ(chosen("b"), std::nullopt);
}

TEST_F(ReplicaSelection, CanBeTurnedOff) {
    metadata::AlterBrokerSettings off;
    off.changes.push_back(
        {.name = "replica.selector.class", .value = "org.apache.kafka.common.replica.LeaderSelector"});
    EXPECT_EQ(cluster_.outcome(off), "good");
    EXPECT_EQ(chosen("b"), std::nullopt);
    off.changes[0].value = "com.example.Other";
    EXPECT_EQ(cluster_.outcome(off), "invalid_config");
}

}  // namespace
}  // namespace weir::kafka
