// The leader's rules, one by one: what counts, who joins and leaves, what clients are shown.
#include "replication/leader_state.hpp"

#include <gtest/gtest.h>

namespace weir::replication {
namespace {

constexpr NodeId self{1}, two{2}, three{3};
constexpr BrokerEpoch first{10}, second{11};

PartitionRegistration registration(std::vector<NodeId> in_sync, std::int32_t partition_epoch = 5) {
    PartitionRegistration made{.leader = self,
                               .leader_epoch = LeaderEpoch{3},
                               .partition_epoch = PartitionEpoch{partition_epoch},
                               .replicas = {self, two, three},
                               .min_in_sync = 2};
    for (const auto node : in_sync) made.in_sync.push_back({node, first});
    return made;
}

class LeaderStateTest : public ::testing::Test {
  protected:
    explicit LeaderStateTest(std::vector<NodeId> in_sync = {self, two, three})
        : leader_(self, registration(std::move(in_sync)), Offset{10}, Offset{4}, {}, now_) {}

    FetchVerdict fetch(NodeId node, std::int64_t offset, BrokerEpoch broker_epoch = first,
                       std::int32_t epoch = 3) {
        const FetchedPartition asked{.leader_epoch = LeaderEpoch{epoch},
                                     .fetch_offset = Offset{offset},
                                     .last_fetched_epoch = LeaderEpoch{2}};
        return leader_.on_fetch(node, broker_epoch, asked, log_, log::EpochEnd{LeaderEpoch{2}, Offset{100}},
                                now_);
    }
    std::int64_t watermark() const { return leader_.high_watermark().value; }

    std::int64_t now_ = 1000;
    FetchableLog log_{Offset{0}, Offset{20}};
    LeaderState leader_;
};

TEST_F(LeaderStateTest, TheHighWatermarkIsWhereAllInSyncHaveCome) {
    EXPECT_EQ(watermark(), 4);
    EXPECT_FALSE(fetch(two, 15).advanced);
    EXPECT_TRUE(fetch(three, 12).advanced);
    EXPECT_EQ(watermark(), 12);
    fetch(three, 20);
    EXPECT_EQ(watermark(), 15);
    EXPECT_TRUE(leader_.is_acknowledged(Offset{15}));
    EXPECT_FALSE(leader_.is_acknowledged(Offset{16}));
    fetch(two, 14);  // late; nothing is taken back
    EXPECT_EQ(watermark(), 15);
}

TEST_F(LeaderStateTest, ANewLeaderShowsNoHighWatermarkThatMayBeBehind) {
    EXPECT_FALSE(leader_.client_high_watermark());
    fetch(two, 9), fetch(three, 9);
    EXPECT_FALSE(leader_.client_high_watermark());
    fetch(two, 10), fetch(three, 10);
    EXPECT_EQ(leader_.client_high_watermark(), Offset{10});
}

TEST_F(LeaderStateTest, OtherEpochsAndIncarnationsAreRefused) {
    EXPECT_EQ(fetch(two, 15, first, 2).error, FetchError::fenced_leader_epoch);
    EXPECT_EQ(fetch(two, 15, first, 4).error, FetchError::unknown_leader_epoch);
    EXPECT_EQ(fetch(NodeId{9}, 15).error, FetchError::not_a_replica);
    EXPECT_EQ(fetch(self, 15).error, FetchError::not_a_replica);
    EXPECT_EQ(fetch(two, 15, BrokerEpoch{9}).error, FetchError::stale_broker_epoch);
    EXPECT_EQ(fetch(two, 12, second).error, FetchError::none);
    EXPECT_EQ(fetch(two, 15, first).error, FetchError::stale_broker_epoch);
    EXPECT_EQ(fetch(two, 21).error, FetchError::stale_broker_epoch);
    EXPECT_EQ(fetch(three, 21).error, FetchError::offset_out_of_range);
    log_.start = Offset{5};
    EXPECT_EQ(fetch(three, 4).error, FetchError::offset_out_of_range);
}

TEST_F(LeaderStateTest, ADivergingFollowerDoesNotCount) {
    const FetchedPartition asked{
        .leader_epoch = LeaderEpoch{3}, .fetch_offset = Offset{18}, .last_fetched_epoch = LeaderEpoch{2}};
    const auto verdict =
        leader_.on_fetch(two, first, asked, log_, log::EpochEnd{LeaderEpoch{2}, Offset{12}}, now_);
    ASSERT_TRUE(verdict.diverging);
    EXPECT_EQ(verdict.diverging->end, Offset{12});
    fetch(three, 20);
    EXPECT_EQ(watermark(), 4);
    EXPECT_EQ(leader_.on_fetch(two, first, asked, log_, std::nullopt, now_).diverging->epoch, no_epoch);
}

TEST_F(LeaderStateTest, AMemberThatFallsBehindHasToGoOnceThatIsCommitted) {
    fetch(two, 20), fetch(three, 15);
    EXPECT_EQ(watermark(), 15);
    now_ += 31'000;
    fetch(two, 20);
    const auto proposal = leader_.propose(now_);
    ASSERT_TRUE(proposal);
    EXPECT_EQ(proposal->in_sync, (std::vector<InSyncReplica>{{self, first}, {two, first}}));
    EXPECT_EQ(proposal->partition_epoch, PartitionEpoch{5});
    EXPECT_FALSE(leader_.propose(now_));
    EXPECT_EQ(watermark(), 15);  // the committed set counts on
    EXPECT_TRUE(leader_.update(registration({self, two}, 6), now_));
    EXPECT_EQ(watermark(), 20);
    EXPECT_FALSE(leader_.update(registration({self, two, three}, 5), now_));  // old news
    EXPECT_EQ(leader_.registration().in_sync.size(), 2u);
}

TEST_F(LeaderStateTest, BelowTheMinimumNothingIsCommitted) {
    leader_.update(registration({self}, 6), now_);
    EXPECT_FALSE(leader_.takes_all());
    EXPECT_FALSE(leader_.advance(Offset{20}, now_));
    EXPECT_EQ(watermark(), 4);
}

class JoiningTest : public LeaderStateTest {
  protected:
    JoiningTest() : LeaderStateTest({self, two}) {}
};

TEST_F(JoiningTest, WhoHasAllThatMayBeCommittedJoins) {
    fetch(two, 8);
    fetch(three, 9);  // beyond the high watermark, but not all that the leader began with
    EXPECT_FALSE(leader_.propose(now_));
    fetch(three, 12);
    const auto proposal = leader_.propose(now_);
    ASSERT_TRUE(proposal);
    EXPECT_EQ(proposal->in_sync.back(), (InSyncReplica{three, first}));
    fetch(two, 20);
    EXPECT_EQ(watermark(), 12);  // the controller may count on the new one already
}

TEST_F(JoiningTest, ARefusedProposalCountsNoMoreAndAnUnknownOneDoes) {
    fetch(three, 12);
    auto proposal = leader_.propose(now_).value();
    fetch(two, 20);
    EXPECT_EQ(watermark(), 12);
    EXPECT_FALSE(leader_.on_outcome(proposal, AlterOutcome::unknown, now_));
    EXPECT_FALSE(leader_.propose(now_));
    now_ += 1000;
    EXPECT_EQ(leader_.propose(now_), proposal);
    // The first copy may be committed yet, though the second was refused.
    EXPECT_FALSE(leader_.on_outcome(proposal, AlterOutcome::refused, now_));
    EXPECT_EQ(watermark(), 12);
    EXPECT_TRUE(leader_.update(registration({self, two}, 6), now_));
    EXPECT_EQ(watermark(), 20);
    now_ += 1000;
    fetch(three, 20);
    proposal = leader_.propose(now_).value();
    log_.durable_end = Offset{30};
    fetch(two, 30);
    EXPECT_EQ(watermark(), 20);
    EXPECT_TRUE(leader_.on_outcome(proposal, AlterOutcome::refused, now_));
    EXPECT_EQ(watermark(), 30);
}

TEST_F(JoiningTest, AMemberThatHasStartedAnewCountsWithWhatItHasNow) {
    fetch(two, 20);
    EXPECT_EQ(watermark(), 20);
    log_.durable_end = Offset{30};
    fetch(two, 12, second);
    EXPECT_EQ(watermark(), 20);
    const auto proposal = leader_.propose(now_);
    ASSERT_TRUE(proposal);
    EXPECT_EQ(proposal->in_sync, (std::vector<InSyncReplica>{{self, first}}));
}

}  // namespace
}  // namespace weir::replication
