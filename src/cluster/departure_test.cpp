// What a node that stops does next, as the catalogue follows what it asks for.
#include "cluster/departure.hpp"

#include "support/cluster_catalogue.hpp"

namespace weir::cluster {
namespace {

using metadata::Drain;
using metadata::DrainNode;

class Departure : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    Departure() { join_all(3); }
    DepartureStep step(int id, bool leads_metadata = false) const {
        return next_departure_step(now, start_of(id), leads_metadata);
    }
    void drain(int id) { EXPECT_EQ(outcome(DrainNode{NodeId{id}, Drain::leaders}), "good"); }
};

TEST_F(Departure, DrainsHandsOverTheMetadataAndIsFenced) {
    create_on("t", {1, 2, 3});
    EXPECT_EQ(step(1, true), DepartureStep::drain);
    drain(1);
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(step(1, true), DepartureStep::hand_over_metadata);
    EXPECT_EQ(step(1), DepartureStep::fence);
    EXPECT_EQ(fence(1), "good");
    EXPECT_EQ(step(1), DepartureStep::done);
}

TEST_F(Departure, WaitsForReplicasThatAreNotInSyncYet) {
    create_on("t", {1, 2});
    EXPECT_EQ(set_in_sync("t", {1}), "good");
    drain(1);
    EXPECT_EQ(movable_leaderships(now, NodeId{1}), 1u);
    EXPECT_EQ(step(1), DepartureStep::drain);
    EXPECT_EQ(set_in_sync("t", {1, 2}), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});
    EXPECT_EQ(step(1), DepartureStep::fence);
}

TEST_F(Departure, DoesNotWaitForWhatNobodyElseHas) {
    create_on("alone", {1});
    create_on("t", {1, 2});
    EXPECT_EQ(fence(2), "good");
    drain(1);
    EXPECT_EQ(partition("t").leader, NodeId{1});
    EXPECT_EQ(movable_leaderships(now, NodeId{1}), 0u);
    EXPECT_EQ(step(1), DepartureStep::fence);
}

TEST_F(Departure, OfAllNodesAtOnceWaitsForNobody) {
    create_on("t", {1, 2, 3});
    for (const int id : {1, 2, 3}) drain(id);
    for (const int id : {1, 2, 3}) EXPECT_EQ(step(id, id == 2), DepartureStep::done);
}

TEST_F(Departure, IsOverWhereAnotherStartCounts) {
    const auto old = start_of(1);
    join(1);
    EXPECT_EQ(next_departure_step(now, old, false), DepartureStep::done);
    EXPECT_EQ(next_departure_step(now, {NodeId{9}, BrokerEpoch{1}}, false), DepartureStep::done);
}

TEST_F(Departure, NamesUsableVotersInTurnToLeadTheMetadata) {
    std::vector<consensus::Member> members;
    for (const int id : {1, 2, 3}) members.push_back({.node = NodeId{id}});
    const auto next = [&](std::optional<NodeId> after) {
        return metadata_successor(now, members, NodeId{1}, after);
    };
    EXPECT_EQ(next(std::nullopt), NodeId{2});
    EXPECT_EQ(next(NodeId{2}), NodeId{3});
    EXPECT_EQ(next(NodeId{3}), NodeId{2});
    EXPECT_EQ(fence(2), "good");
    EXPECT_EQ(next(std::nullopt), NodeId{3});
    members[2].is_voter = false;
    EXPECT_EQ(next(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace weir::cluster
