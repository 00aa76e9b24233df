// When nodes are fenced and unfenced, by a clock in the test's hand.
#include "metadata/node_leases.hpp"

#include "metadata/controller_ticks.hpp"
#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

class Leases : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    Leases() {
        join_all(3);
        create_on("t", {1, 2, 3}, 2);
        ticks_.start(now, 0);
        run_due(0);
    }
    bool beat(int id, std::int64_t at_ms, bool is_ready = true, bool is_stopping = false) {
        return ticks_.leases().heard(now, {start_of(id), is_ready, is_stopping}, at_ms);
    }
    // All that is due, as the controller's loop does it. The number of entries.
    int run_due(std::int64_t at_ms) {
        int entries = 0;
        for (bool more = true; more;) {
            const auto tick = ticks_.due(now, at_ms);
            if (tick.is_empty()) break;
            entries += decide(now, tick)->commands.empty() ? 0 : 1;
            more = ticks_.done(ask(tick));
        }
        return entries;
    }

    ControllerTicks ticks_;
};

TEST_F(Leases, EndWithoutHeartbeats) {
    for (std::int64_t at = 0; at < 3000; at += 150) {
        EXPECT_TRUE(beat(1, at) && beat(2, at));
        if (at < 900) EXPECT_TRUE(beat(3, at));
        run_due(at);
    }
    EXPECT_TRUE(now.node(NodeId{3})->is_fenced);
    EXPECT_TRUE(now.node(NodeId{1})->is_usable() && now.node(NodeId{2})->is_usable());
}

TEST_F(Leases, AreNoticedToEndInTimeForAKilledLeader) {
    std::int64_t worst = 0;
    for (std::int64_t killed_at = 1000; killed_at < 1150; killed_at += 10) {
        NodeLeases leases;
        leases.start(now, 0);
        for (std::int64_t at = 0; at < 3000; ++at) {
            if (at % 150 == 0 && at < killed_at)
                EXPECT_TRUE(leases.heard(now, {start_of(1), true, false}, at));
            if (at % 150 == 0) EXPECT_TRUE(leases.heard(now, {start_of(2), true, false}, at));
            if (at % 150 == 0) EXPECT_TRUE(leases.heard(now, {start_of(3), true, false}, at));
            if (at % 50 != 25 || leases.lost(now, at).empty()) continue;
            EXPECT_EQ(leases.lost(now, at).front(), start_of(1));
            worst = std::max(worst, at - killed_at);
            EXPECT_GE(at - killed_at, 700);
            break;
        }
    }
    EXPECT_GT(worst, 0);
    EXPECT_LE(worst, 950);
}

TEST_F(Leases, EndSoonerWhenTheConnectionBreaks) {
    for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, 100));
    ticks_.leases().connection_broken(NodeId{2}, 110);
    EXPECT_EQ(run_due(400), 0);
    EXPECT_EQ(run_due(410), 1);
    EXPECT_TRUE(now.node(NodeId{2})->is_fenced);
    ticks_.leases().connection_broken(NodeId{1}, 420);
    EXPECT_TRUE(beat(1, 500));  // another connection
    EXPECT_TRUE(beat(3, 500));
    EXPECT_EQ(run_due(750), 0);
}

TEST_F(Leases, EndAtOnceWhenTheProcessHasEnded) {
    for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, 100));
    ticks_.leases().process_ended(start_of(2), 110);
    EXPECT_EQ(run_due(110), 1);
    EXPECT_TRUE(now.node(NodeId{2})->is_fenced);
}

TEST_F(Leases, OfALaterStartAreNotConcerned) {
    for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, 100));
    ticks_.leases().process_ended({NodeId{2}, BrokerEpoch{start_of(2).broker_epoch.value - 1}}, 110);
    EXPECT_EQ(run_due(110), 0);
}

TEST_F(Leases, EndNotAgainWhereTheProcessHadNotEnded) {
    for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, 100));
    ticks_.leases().process_ended(start_of(2), 110);
    EXPECT_EQ(run_due(110), 1);
    EXPECT_TRUE(beat(2, 200));
    EXPECT_EQ(run_due(200), 1);
    EXPECT_TRUE(now.node(NodeId{2})->is_usable()) << "it came back by itself";
    const auto distrust_ms = ticks_.leases().options().distrust_ms;
    for (std::int64_t at = 300; at < 200 + distrust_ms; at += 150) {
        for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, at));
        ticks_.leases().process_ended(start_of(2), at + 1);
        run_due(at + 1);
        ASSERT_TRUE(now.node(NodeId{2})->is_usable()) << at;
    }
    for (const int id : {1, 2, 3}) EXPECT_TRUE(beat(id, 200 + distrust_ms));
    ticks_.leases().process_ended(start_of(2), 201 + distrust_ms);
    run_due(201 + distrust_ms);
    EXPECT_TRUE(now.node(NodeId{2})->is_fenced) << "one is believed again";
}

TEST_F(Leases, BeginAgainWhenTheNodeIsReady) {
    EXPECT_TRUE(beat(1, 800) && beat(2, 800));
    EXPECT_EQ(run_due(900), 1);
    EXPECT_TRUE(now.node(NodeId{3})->is_fenced);
    const auto old = start_of(3);
    EXPECT_EQ(start(3), "good");
    EXPECT_FALSE(ticks_.leases().heard(now, {old, true, false}, 910));
    EXPECT_TRUE(beat(3, 910, false));
    EXPECT_EQ(run_due(920), 0);
    EXPECT_TRUE(beat(3, 930));
    EXPECT_EQ(run_due(940), 1);
    EXPECT_TRUE(now.node(NodeId{3})->is_usable());
}

TEST_F(Leases, EndAtOnceForANodeThatStops) {
    EXPECT_TRUE(beat(1, 100) && beat(2, 100) && beat(3, 100, true, true));
    EXPECT_EQ(run_due(101), 1);
    EXPECT_TRUE(now.node(NodeId{3})->is_fenced);
    EXPECT_TRUE(beat(3, 200, true, true));
    EXPECT_EQ(run_due(210), 0);
}

TEST_F(Leases, GiveAllAWholeSessionUnderANewController) {
    ControllerTicks other;
    other.start(now, 10'000);
    EXPECT_TRUE(other.due(now, 10'001).settle);
    EXPECT_FALSE(other.done(ControllerTick{}));
    EXPECT_TRUE(other.due(now, 10'899).lost.empty());
    EXPECT_EQ(other.due(now, 10'900).lost.size(), 3u);
    EXPECT_TRUE(other.due(now, 10'901).is_empty());  // the first is under way
    EXPECT_FALSE(other.done(Error{Errc::busy}));
    EXPECT_EQ(other.due(now, 10'902).lost.size(), 3u);  // and did not get through
}

TEST_F(Leases, AreNotNeededByTheOnlyNodeOfACluster) {
    Catalogue alone{{.node = NodeId{1}}};
    ASSERT_TRUE(alone.apply(NodeChanged{{.id = NodeId{1}}}));
    NodeLeases leases;
    leases.start(alone, 0);
    EXPECT_TRUE(leases.lost(alone, 1'000'000).empty());
    EXPECT_FALSE(leases.heard(alone, {{NodeId{1}, BrokerEpoch{0}}, true, false}, 5));
}

TEST_F(Leases, TicksDrainAndRebalanceInTheirTurn) {
    join(4);
    EXPECT_EQ(outcome(DrainNode{NodeId{1}, Drain::replicas}), "good");
    for (const int id : {1, 2, 3, 4}) EXPECT_TRUE(beat(id, 100));
    EXPECT_EQ(run_due(600), 1);
    EXPECT_EQ(partition("t").target, test::node_list({4, 2, 3}));
    EXPECT_EQ(set_in_sync("t", {1, 2, 3, 4}), "good");
    EXPECT_EQ(partition("t").leader, NodeId{2});  // it led already
    for (std::int64_t at = 700; at <= 10'000; at += 100) {
        for (const int id : {1, 2, 3, 4}) EXPECT_TRUE(beat(id, at));
        run_due(at);
    }
    EXPECT_EQ(partition("t").leader, NodeId{4});
}

}  // namespace
}  // namespace weir::metadata
