// The messages between nodes: what is written reads the same, and what is cut short is refused.
#include "cluster/messages.hpp"

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace weir::cluster {
namespace {

template <class Decode>
void refuse_cuts(const Bytes& whole, Decode decode) {
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode(ByteView{whole}.first(size))) << size;
    auto longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer));
}

void add(Bytes& all, const Bytes& message) {
    all.push_back(static_cast<std::uint8_t>(message.size()));
    all.insert(all.end(), message.begin(), message.end());
}

TEST(ClusterMessages, IntroductionsReadBack) {
    Introduction introduction{.cluster_id = Uuid::from_random(1, 2), .node = NodeId{3}, .leader = {}};
    EXPECT_EQ(decode_introduction(encode(introduction)).value(), introduction);
    introduction.leader = NodeAddress{NodeId{7}, {"host.example", 9094}};
    EXPECT_EQ(decode_introduction(encode(introduction)).value(), introduction);
    refuse_cuts(encode(introduction), decode_introduction);
}

TEST(ClusterMessages, RegistrationsReadBack) {
    const RegisterCall call{.node = {.id = NodeId{2},
                                     .rack = "r1",
                                     .endpoints = {{"kafka", "h", 9092}, {"cluster", "h", 9093}},
                                     .incarnation = Uuid::from_random(5, 6)},
                            .is_clean = true};
    const auto back = decode_register(encode(call)).value();
    EXPECT_EQ(back.node, call.node);
    EXPECT_TRUE(back.is_clean);
    refuse_cuts(encode(call), decode_register);
}

TEST(ClusterMessages, HeartbeatsReadBack) {
    const metadata::Heartbeat heartbeat{.start = {NodeId{4}, BrokerEpoch{9}}, .is_ready = true};
    const auto back = decode_heartbeat(encode(heartbeat)).value();
    EXPECT_EQ(back.start, heartbeat.start);
    EXPECT_TRUE(back.is_ready);
    EXPECT_FALSE(back.is_stopping);
    refuse_cuts(encode(heartbeat), decode_heartbeat);
}

TEST(ClusterMessages, ProposalsReadBack) {
    metadata::AlterPartitions request{.leader = {NodeId{1}, BrokerEpoch{2}}};
    request.items.push_back({.topic = Uuid::from_random(3, 4),
                             .partition = PartitionId{5},
                             .leader_epoch = LeaderEpoch{6},
                             .partition_epoch = PartitionEpoch{7},
                             .in_sync = {{NodeId{1}, BrokerEpoch{2}}, {NodeId{8}, BrokerEpoch{9}}}});
    const auto back = decode_alter_partitions(encode(request)).value();
    EXPECT_EQ(back.leader, request.leader);
    ASSERT_EQ(back.items.size(), 1u);
    EXPECT_EQ(back.items[0].topic, request.items[0].topic);
    EXPECT_EQ(back.items[0].partition_epoch, request.items[0].partition_epoch);
    EXPECT_EQ(back.items[0].in_sync, request.items[0].in_sync);
    refuse_cuts(encode(request), decode_alter_partitions);
}

TEST(ClusterMessages, OutcomesReadBack) {
    const std::vector<std::optional<Errc>> outcomes{std::nullopt, Errc::stale_partition_epoch,
                                                    Errc::not_found};
    EXPECT_EQ(decode_outcomes(encode(outcomes)).value(), outcomes);
    refuse_cuts(encode(outcomes), decode_outcomes);
}

TEST(ClusterMessages, DamagedReplicasReadBack) {
    const metadata::DamagedReplicas request{.start = {NodeId{1}, BrokerEpoch{2}},
                                            .items = {{Uuid::from_random(3, 4), PartitionId{5}}}};
    const auto back = decode_damaged_replicas(encode(request)).value();
    EXPECT_EQ(back.start, request.start);
    EXPECT_EQ(back.items, request.items);
    refuse_cuts(encode(request), decode_damaged_replicas);
    const metadata::DamagedReplicas::Reply reply{.outcomes = {LeaderEpoch{6}, Errc::no_eligible_leader}};
    const auto told = decode_damaged_reply(encode(reply)).value();
    ASSERT_EQ(told.outcomes.size(), 2u);
    EXPECT_EQ(told.outcomes[0].value(), LeaderEpoch{6});
    EXPECT_EQ(told.outcomes[1].error().code, Errc::no_eligible_leader);
    refuse_cuts(encode(reply), decode_damaged_reply);
    Bytes both;
    add(both, encode(request));
    add(both, encode(reply));
    EXPECT_EQ(test::to_hex(both), test::to_hex(test::golden("cluster/damaged")));
}

TEST(ClusterMessages, AreWhatTheyWere) {
    const NodeAddress address{NodeId{7}, {"host.example", 9094}};
    const RegisterCall call{.node = {.id = NodeId{2},
                                     .rack = "r1",
                                     .endpoints = {{"kafka", "h", 9092}},
                                     .incarnation = Uuid::from_random(5, 6)},
                            .is_clean = true};
    metadata::AlterPartitions proposal{.leader = {NodeId{1}, BrokerEpoch{2}}};
    proposal.items.push_back({.topic = Uuid::from_random(3, 4),
                              .partition = PartitionId{5},
                              .leader_epoch = LeaderEpoch{6},
                              .partition_epoch = PartitionEpoch{7},
                              .in_sync = {{NodeId{1}, BrokerEpoch{2}}, {NodeId{8}, BrokerEpoch{9}}}});
    Bytes all;
    add(all, encode(Introduction{Uuid::from_random(1, 2), NodeId{3}, address}));
    add(all, encode(address));
    add(all, encode(call));
    add(all, encode(metadata::Heartbeat{.start = {NodeId{4}, BrokerEpoch{9}}, .is_ready = true}));
    add(all, encode({ProducerId{5000}, 1000}));
    add(all, encode(proposal));
    add(all,
        encode(std::vector<std::optional<Errc>>{std::nullopt, Errc::stale_partition_epoch, Errc::not_found}));
    add(all, encode_number(300));
    EXPECT_EQ(test::to_hex(all), test::to_hex(test::golden("cluster/messages")));
}

TEST(ClusterMessages, BlocksOfProducerIdsReadBack) {
    const auto back = decode_producer_ids(encode({ProducerId{5000}, 1000})).value();
    EXPECT_EQ(back.first, ProducerId{5000});
    EXPECT_EQ(back.count, 1000);
}

}  // namespace
}  // namespace weir::cluster
