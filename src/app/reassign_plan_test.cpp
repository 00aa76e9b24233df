// Plans of moves, the verdict on a cluster, and words of progress.
#include "app/reassign_plan.hpp"

#include <gtest/gtest.h>

#include "app/cluster_view.hpp"
#include "app/progress.hpp"
#include "app/reassign_throttle.hpp"

namespace weir::app {
namespace {

cluster::NodeStatus node(int number, std::uint64_t replicas = 0, std::string rack = "") {
    return {.node = {.id = NodeId{number}, .rack = std::move(rack)},
            .is_registered = true,
            .is_member = true,
            .is_voter = true,
            .replicas = replicas};
}

metadata::NodeList list(std::initializer_list<int> numbers) {
    metadata::NodeList out;
    for (const int number : numbers) out.push_back(NodeId{number});
    return out;
}

cluster::PartitionStatus partition(int number, std::initializer_list<int> replicas) {
    cluster::PartitionStatus out;
    out.at = {"t", PartitionId{number}};
    out.state.replicas = out.state.in_sync = list(replicas);
    out.state.leader = out.state.replicas.front();
    return out;
}

// "1,2 3,1": the targets; or the error's name.
std::string plan(const std::vector<cluster::NodeStatus>& nodes,
                 const std::vector<cluster::PartitionStatus>& partitions, const ReassignWish& wish) {
    const auto items = plan_reassignment(nodes, partitions, wish);
    if (!items) return std::string{name(items.error().code)};
    std::string out;
    for (const auto& item : *items) out += (out.empty() ? "" : " ") + node_text(*item.target);
    return out;
}

TEST(ReassignPlan, AddsTheNodesWithTheFewestReplicas) {
    const std::vector nodes{node(1, 9), node(2, 5), node(3, 1), node(4, 2)};
    EXPECT_EQ(plan(nodes, {partition(0, {1}), partition(1, {2})}, {.replicas = 2, .to = {}, .partition = {}}),
              "1,3 2,3");
    EXPECT_EQ(plan(nodes, {partition(0, {1})}, {.replicas = 3, .to = {}, .partition = {}}), "1,3,4");
    EXPECT_EQ(plan(nodes, {partition(0, {1})}, {.replicas = 5, .to = {}, .partition = {}}),
              "invalid_replication");
}

TEST(ReassignThrottle, NamesWhoIsCopiedFromAndWhoIsCopiedTo) {
    const std::vector partitions{partition(0, {1, 2}), partition(1, {2, 3})};
    const auto plan = plan_throttle(
        partitions, {{{"t", PartitionId{0}}, list({2, 4})}, {{"t", PartitionId{1}}, list({3, 2})}});
    EXPECT_EQ(plan.leader_replicas, "0:1,0:2,1:2,1:3");
    EXPECT_EQ(plan.follower_replicas, "0:4");
    EXPECT_EQ(plan.nodes, (std::set{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}}));
}

TEST(ReassignThrottle, NamesAllWhereTheListWouldBeTooLong) {
    std::vector<cluster::PartitionStatus> partitions;
    std::vector<metadata::ReassignPartitions::Item> items;
    for (int i = 0; i < 5000; ++i) {
        partitions.push_back(partition(i, {1000}));
        items.push_back({{"t", PartitionId{i}}, list({2000})});
    }
    const auto plan = plan_throttle(partitions, items);
    EXPECT_EQ(plan.leader_replicas, "*");
    EXPECT_EQ(plan.follower_replicas, "*");
}

TEST(ReassignPlan, ANewRackIsWorthMoreThanAnEvenLoad) {
    const std::vector nodes{node(1, 0, "a"), node(2, 0, "a"), node(3, 50, "b")};
    EXPECT_EQ(plan(nodes, {partition(0, {1})}, {.replicas = 2, .to = {}, .partition = {}}), "1,3");
}

TEST(ReassignPlan, KeepsWhoLeadsAndWhoIsInSync) {
    auto lagging = partition(0, {1, 2, 3});
    lagging.state.leader = NodeId{3};
    lagging.state.in_sync = list({2, 3});
    const std::vector nodes{node(1), node(2), node(3)};
    EXPECT_EQ(plan(nodes, {lagging}, {.replicas = 2, .to = {}, .partition = {}}), "2,3");
    EXPECT_EQ(plan(nodes, {lagging}, {.replicas = 1, .to = {}, .partition = {}}), "3");
    EXPECT_EQ(plan(nodes, {lagging}, {.replicas = 3, .to = {}, .partition = {}}), "") << "nothing to do";
}

TEST(ReassignPlan, NothingNewGoesToNodesThatAreDownOrDrained) {
    auto down = node(2), drained = node(3);
    down.node.is_fenced = true;
    drained.node.drain = metadata::Drain::replicas;
    EXPECT_EQ(plan({node(1), down, drained, node(4, 99)}, {partition(0, {1})},
                   {.replicas = 2, .to = {}, .partition = {}}),
              "1,4");
}

TEST(ReassignPlan, NamedNodesAreTakenInTurn) {
    const std::vector nodes{node(1), node(2), node(3)};
    const std::vector partitions{partition(0, {1}), partition(1, {1}), partition(2, {1})};
    const std::vector to{NodeId{4}, NodeId{5}, NodeId{6}};
    EXPECT_EQ(plan(nodes, partitions, {.replicas = {}, .to = to, .partition = {}}), "4,5,6 5,6,4 6,4,5");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = 1, .to = to, .partition = {}}), "4 5 6");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = 2, .to = to, .partition = PartitionId{1}}), "5,6");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = 4, .to = to, .partition = {}}), "invalid_replication");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = 1, .to = to, .partition = PartitionId{9}}), "not_found");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = {}, .to = {NodeId{4}, NodeId{4}}, .partition = {}}),
              "invalid_argument");
    EXPECT_EQ(plan(nodes, partitions, {.replicas = {}, .to = {NodeId{1}}, .partition = {}}), "");
}

TEST(Health, IsTheWorstOfWhatIsThere) {
    cluster::ClusterStatus status;
    status.nodes = {node(1), node(2), node(3)};
    EXPECT_EQ(name(health_of(status, {}).grade), "healthy");
    status.partitions.reassigning = 4;
    EXPECT_TRUE(health_of(status, {}).reasons.empty());
    status.nodes[2].node.is_fenced = true;
    EXPECT_EQ(name(health_of(status, {}).grade), "degraded");
    EXPECT_EQ(health_of(status, {}).reasons.size(), 2u) << "a node is down, and no other voter may go";
    status.partitions.leaderless = 1;
    EXPECT_EQ(name(health_of(status, {}).grade), "critical");
    EXPECT_EQ(health_of(status, {}).reasons.size(), 3u);
}

TEST(Health, DamageIsAReason) {
    cluster::ClusterStatus status;
    EXPECT_EQ(name(health_of(status, {{NodeId{2}, {}}}).grade), "healthy");
    const Damages damages{{NodeId{2}, {.is_set_aside = true, .count = 1}}};
    const auto health = health_of(status, damages);
    EXPECT_EQ(name(health.grade), "degraded");
    const std::vector<std::string> wanted{"node 2 has set a damaged store aside and is filled again",
                                          "node 2 has 1 replica with damage"};
    EXPECT_EQ(health.reasons, wanted);
    const auto json = as_json(cluster::DamagedReplica{{"t", {}}, Offset{3}, Offset{INT64_MAX}});
    EXPECT_EQ(json.dump(), R"({"first":3,"partition":0,"topic":"t","until":null})");
}

TEST(Progress, TellsHowLongItMayTake) {
    Remaining remaining;
    EXPECT_EQ(remaining.note(100, 0), std::nullopt);
    EXPECT_EQ(remaining.note(100, 1000), std::nullopt);
    EXPECT_DOUBLE_EQ(remaining.note(75, 2000).value(), 6.0);
    EXPECT_EQ(remaining.note(200, 3000), std::nullopt) << "there is more than was known";
    EXPECT_DOUBLE_EQ(remaining.note(0, 5000).value(), 0.0);
    EXPECT_EQ(duration_text(0.2), "1 s");
    EXPECT_EQ(duration_text(119), "119 s");
    EXPECT_EQ(duration_text(601), "11 min");
    EXPECT_EQ(duration_text(7500), "2 h 5 min");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(1536), "1.5 KiB");
    EXPECT_EQ(size_text(std::uint64_t{5} << 40), "5.0 TiB");
}

}  // namespace
}  // namespace weir::app
