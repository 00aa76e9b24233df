// What is told of a cluster: counted from its catalogue, and the same on the other side of the wire.
#include "cluster/status_messages.hpp"

#include <gtest/gtest.h>

#include "support/cluster_catalogue.hpp"
#include "support/golden.hpp"

namespace weir::cluster {
namespace {

const Uuid cluster_id = Uuid::from_random(3, 4);

metadata::Quorum quorum() {
    return {.leader = NodeId{1},
            .term = 7,
            .applied = 90,
            .members = {{NodeId{1}, true, 91}, {NodeId{2}, true, 80}, {NodeId{9}, false, std::nullopt}}};
}

// Three nodes, of which node 3 is down; a topic on each set of them.
test::ClusterCatalogue small_cluster() {
    test::ClusterCatalogue cluster;
    cluster.join_all(3);
    cluster.create_on("alone", {3});
    cluster.create_on("both", {1, 2}, 2);
    cluster.create_on("three", {1, 2, 3}, 2);
    EXPECT_EQ(cluster.fence(3), "good");
    return cluster;
}

TEST(ClusterStatus, CountsWhatIsWrong) {
    auto cluster = small_cluster();
    auto status = cluster_status(cluster.now, quorum(), cluster_id, NodeId{1});
    EXPECT_EQ(status.topics, 3u);
    EXPECT_EQ(status.partitions,
              (PartitionCounts{.all = 3, .leaderless = 1, .under_min_in_sync = 1, .under_replicated = 2}));
    ASSERT_EQ(status.listed.size(), 2u);
    EXPECT_EQ(status.listed[0].at.topic, "alone");
    EXPECT_EQ(status.listed[1].at.topic, "three");
    metadata::ReassignPartitions move;
    move.items.push_back({.partition = {"both", PartitionId{0}}, .target = test::node_list({1, 3})});
    EXPECT_EQ(cluster.outcome(move), "good");
    status = cluster_status(cluster.now, quorum(), cluster_id, NodeId{1});
    EXPECT_EQ(status.partitions.reassigning, 1u);
    EXPECT_EQ(status.partitions.under_replicated, 2u) << "a replica that is being added does not count";
    EXPECT_EQ(status.listed.size(), 3u);
}

TEST(ClusterStatus, KnowsNodesByCatalogueAndGroup) {
    const auto status = cluster_status(small_cluster().now, quorum(), cluster_id, NodeId{1});
    ASSERT_EQ(status.nodes.size(), 4u);
    const auto& [one, two, three, nine] =
        std::tie(status.nodes[0], status.nodes[1], status.nodes[2], status.nodes[3]);
    EXPECT_TRUE(one.is_voter && one.is_registered);
    EXPECT_EQ(one.entries_behind, 0u);
    EXPECT_EQ(one.leading, 2u);
    EXPECT_EQ(one.replicas, 2u);
    EXPECT_EQ(two.entries_behind, 10u);
    EXPECT_FALSE(three.is_member);
    EXPECT_TRUE(three.node.is_fenced);
    EXPECT_EQ(nine.node.id, NodeId{9});
    EXPECT_TRUE(nine.is_member && !nine.is_voter && !nine.is_registered);
    EXPECT_EQ(status.free_number, 10u);
}

TEST(ClusterStatus, ListsATopicOrWhatMoves) {
    auto cluster = small_cluster();
    EXPECT_EQ(partition_status(cluster.now, "three").value().size(), 1u);
    EXPECT_EQ(partition_status(cluster.now, "none").error().code, Errc::not_found);
    EXPECT_TRUE(partition_status(cluster.now, "").value().empty());
    metadata::ReassignPartitions move;
    move.items.push_back({.partition = {"both", PartitionId{0}}, .target = test::node_list({1, 3})});
    EXPECT_EQ(cluster.outcome(move), "good");
    const auto moving = partition_status(cluster.now, "").value();
    ASSERT_EQ(moving.size(), 1u);
    EXPECT_EQ(moving[0].at, (metadata::TopicPartition{"both", PartitionId{0}}));
    EXPECT_EQ(moving[0].state, cluster.partition("both"));
}

template <class Message, class Decode>
void expect_kept(const Message& message, Decode decode) {
    const auto bytes = encode(message);
    const auto back = decode(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode(ByteView{bytes}.first(size))) << size;
    auto longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer));
}

TEST(StatusMessages, ComeBackWhole) {
    const auto cluster = small_cluster();
    const auto status = cluster_status(cluster.now, quorum(), cluster_id, NodeId{1});
    EXPECT_EQ(decode_status(encode(status)).value(), status);
    expect_kept(status, decode_status);
    expect_kept(partition_status(cluster.now, "three").value(), decode_partitions);
    expect_kept(quorum(), decode_quorum);
    expect_kept(std::vector<PartitionKey>{{Uuid::from_random(1, 1), PartitionId{300}}}, decode_keys);
    const ReplicaSizes sizes{std::nullopt, 0, 1'000'000};
    EXPECT_EQ(decode_sizes(encode(sizes)).value(), sizes);
    expect_kept(sizes, decode_sizes);
}

TEST(StatusMessages, DamageIsToldAsItIs) {
    const NodeDamage damage{
        true, 3, {{{"t", PartitionId{300}}, Offset{5}, Offset{INT64_MAX}}, {{"u", {}}, {}, Offset{9}}}};
    EXPECT_EQ(decode_damage(encode(damage)).value(), damage);
    expect_kept(damage, decode_damage);
    expect_kept(NodeDamage{}, decode_damage);
    // flag set aside, count, count of those listed; topic, signed partition, first, until
    EXPECT_EQ(test::to_hex(encode(NodeDamage{false, 1, {{{"t", PartitionId{1}}, Offset{2}, Offset{3}}}})),
              "0001010174020203");
}

}  // namespace
}  // namespace weir::cluster
