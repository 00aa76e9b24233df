// Syncing, heartbeats, leaving, sessions; and static members through all of it.
#include <gmock/gmock.h>

#include "support/group_members.hpp"

namespace weir::stream {
namespace {

using namespace test;

// Two members that have joined and not yet synced; the leader first.
std::vector<JoinReply> joined_pair(GroupDriver& groups) {
    const auto one = groups.send(join_request(new_id(groups)));
    const auto two = groups.send(join_request(new_id(groups)));
    groups.advance(6'000);
    auto replies = joined(groups, {one, two});
    if (replies[0].leader != replies[0].member_id) std::swap(replies[0], replies[1]);
    return replies;
}

TEST(Sync, FollowersWaitForTheLeadersShares) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto follower = groups.send(sync_request(replies[1]));
    EXPECT_EQ(groups.open().count(follower), 1u);
    const auto leader = groups.ask(sync_request(replies[0]));
    EXPECT_EQ(leader.assignment, bytes_of("share of " + replies[0].member_id));
    EXPECT_EQ(leader.protocol, "range");
    EXPECT_EQ(leader.protocol_type, "consumer");
    const auto share = groups.take<SyncRequest>(follower).value();
    EXPECT_EQ(share.assignment, bytes_of("share of " + replies[1].member_id));
    EXPECT_EQ(groups.group("g")->state, GroupState::stable);
}

TEST(Sync, AStableGroupAnswersAgain) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    auto again = sync_request(replies[1]);
    EXPECT_EQ(groups.ask(again).assignment, bytes_of("share of " + replies[1].member_id));
}

TEST(Sync, WhoGetsNoShareGetsAnEmptyOne) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto follower = groups.send(sync_request(replies[1]));
    auto request = sync_request(replies[0]);
    std::erase_if(request.assignments, [&](const auto& a) { return a.member_id == replies[1].member_id; });
    request.assignments.push_back({"stranger", bytes_of("x")});
    groups.ask(request);
    const auto share = groups.take<SyncRequest>(follower).value();
    EXPECT_FALSE(share.error);
    EXPECT_TRUE(share.assignment.empty());
}

TEST(Sync, AJoinMeanwhileSendsTheWaitingBack) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto follower = groups.send(sync_request(replies[1]));
    groups.send(join_request(new_id(groups)));
    EXPECT_EQ(code(groups.take<SyncRequest>(follower).value()), Errc::rebalance_in_progress);
    EXPECT_EQ(code(groups.ask(sync_request(replies[0]))), Errc::rebalance_in_progress);
}

TEST(Sync, WhoJoinsAgainWhileItsSyncWaitsIsNotDroppedForItsSilence) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto sync = groups.send(sync_request(replies[1]));
    const auto join = groups.send(join_request(replies[1].member_id, "payments"));
    EXPECT_EQ(code(groups.take<SyncRequest>(sync).value()), Errc::rebalance_in_progress);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(code(groups.ask(heartbeat_of(replies[0]))), Errc::rebalance_in_progress);
        groups.advance(5'000);
    }
    EXPECT_EQ(groups.open().count(join), 1u);
    EXPECT_TRUE(groups.group("g")->members.contains(replies[1].member_id));
}

struct BadSync {
    const char* what;
    void (*spoil)(SyncRequest&);
    Errc code;
};
class RefusedSync : public testing::TestWithParam<BadSync> {};

TEST_P(RefusedSync, IsRefused) {
    GroupDriver groups;
    auto request = sync_request(stable_group(groups, 1)[0]);
    GetParam().spoil(request);
    EXPECT_EQ(code(groups.ask(request)), GetParam().code);
}

const BadSync bad_syncs[] = {
    {"NoGroup", [](SyncRequest& r) { r.group = "other"; }, Errc::unknown_member},
    {"UnknownMember", [](SyncRequest& r) { r.member_id = "nobody"; }, Errc::unknown_member},
    {"OldGeneration", [](SyncRequest& r) { r.generation = 0; }, Errc::illegal_generation},
    {"OtherType", [](SyncRequest& r) { r.protocol_type = "connect"; }, Errc::inconsistent_protocol},
    {"OtherProtocol", [](SyncRequest& r) { r.protocol = "sticky"; }, Errc::inconsistent_protocol},
    {"UnknownInstance", [](SyncRequest& r) { r.instance_id = "i"; }, Errc::unknown_member},
};
INSTANTIATE_TEST_SUITE_P(Sync, RefusedSync, testing::ValuesIn(bad_syncs),
                         [](const auto& instance) { return std::string(instance.param.what); });

TEST(Sync, WhoDoesNotAskForItsShareIsDropped) {
    GroupDriver groups;
    auto replies = joined_pair(groups);
    groups.ask(sync_request(replies[0]));
    for (int i = 0; i < 12; ++i) {  // both live, but the second never syncs
        EXPECT_FALSE(groups.ask(heartbeat_of(replies[0])).error);
        EXPECT_FALSE(groups.ask(heartbeat_of(replies[1])).error);
        groups.advance(5'000);
    }
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[1]))), Errc::unknown_member);
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[0]))), Errc::rebalance_in_progress);
}

TEST(Sync, ALeaderThatNeverSyncsIsDroppedAndTheOthersGoOn) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto follower = groups.send(sync_request(replies[1]));
    groups.advance(10'000);  // the leader's session ends
    EXPECT_EQ(code(groups.take<SyncRequest>(follower).value()), Errc::rebalance_in_progress);
    const auto again = groups.ask(join_request(replies[1].member_id));
    EXPECT_EQ(again.leader, replies[1].member_id);
    EXPECT_EQ(again.generation, 2);
}

TEST(Heartbeat, AnswersByState) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    EXPECT_FALSE(groups.ask(heartbeat_of(replies[0])).error);  // completing
    groups.ask(sync_request(replies[0]));
    EXPECT_FALSE(groups.ask(heartbeat_of(replies[1])).error);  // stable
    auto old = heartbeat_of(replies[1]);
    old.generation = 0;
    EXPECT_EQ(code(groups.ask(old)), Errc::illegal_generation);
    EXPECT_EQ(code(groups.ask(HeartbeatRequest{"g", "nobody", std::nullopt, 1})), Errc::unknown_member);
    EXPECT_EQ(code(groups.ask(HeartbeatRequest{"other", "nobody", std::nullopt, 1})), Errc::unknown_member);
    groups.send(join_request(replies[0].member_id));
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[1]))), Errc::rebalance_in_progress);
}

TEST(Heartbeat, KeepsTheSessionAndItsLackEndsIt) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    for (int i = 0; i < 5; ++i) {
        groups.advance(9'000);
        groups.ask(heartbeat_of(replies[0]));
        if (i < 4) groups.ask(heartbeat_of(replies[1]));
    }
    EXPECT_EQ(groups.group("g")->members.size(), 2u);
    groups.advance(1'000);
    EXPECT_EQ(groups.group("g")->members.size(), 1u);
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[0]))), Errc::rebalance_in_progress);
}

TEST(Heartbeat, ACommitCountsAsOne) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 1);
    for (int i = 0; i < 5; ++i) {
        groups.advance(9'000);
        EXPECT_FALSE(groups.ask(commit_of(replies[0], i)).error);
    }
}

TEST(Heartbeat, WhenAllSessionsEndTheGroupIsEmptyInANewGeneration) {
    GroupDriver groups;
    stable_group(groups, 2);
    groups.advance(10'000);
    groups.advance(60'000);
    EXPECT_EQ(groups.group("g")->state, GroupState::empty);
    EXPECT_EQ(groups.group("g")->generation, 2);
}

TEST(Leave, TheOthersRebalanceWithoutWaiting) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 3);
    const auto left = groups.ask(leave_of(replies[2].member_id));
    EXPECT_FALSE(left.error);
    ASSERT_EQ(left.members.size(), 1u);
    EXPECT_FALSE(left.members[0].error);
    const auto one = groups.send(join_request(replies[0].member_id));
    const auto two = groups.send(join_request(replies[1].member_id));
    EXPECT_EQ(joined(groups, {one, two})[0].members.size(), 2u);
}

TEST(Leave, TheLastOneLeavesAnEmptyGroupThatIsWritten) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 1);
    groups.ask(leave_of(replies[0].member_id));
    EXPECT_EQ(groups.group("g")->state, GroupState::empty);
    const auto stored =
        std::get<GroupRecord>(decode(groups.log.back().key, ByteView(*groups.log.back().value)).value());
    EXPECT_EQ(stored.value->generation, 2);
    EXPECT_TRUE(stored.value->members.empty());
}

TEST(Leave, AnswersForEachMember) {
    GroupDriver groups;
    const auto replies = stable_group(groups, {join_request(), static_join("i")});
    const auto id = new_id(groups);
    const auto left = groups.ask(LeaveRequest{"g",
                                              {{"nobody", std::nullopt, ""},
                                               {id, std::nullopt, ""},
                                               {"wrong", "i", ""},
                                               {"", "i", "by an administrator"},
                                               {"", "unknown", ""}}});
    ASSERT_EQ(left.members.size(), 5u);
    EXPECT_EQ(left.members[0].error->code, Errc::unknown_member);
    EXPECT_FALSE(left.members[1].error);
    EXPECT_EQ(left.members[2].error->code, Errc::fenced_instance);
    EXPECT_FALSE(left.members[3].error);
    EXPECT_EQ(left.members[4].error->code, Errc::unknown_member);
    EXPECT_EQ(groups.group("g")->members.size(), 1u);
    EXPECT_EQ(code(groups.ask(LeaveRequest{"other", {}})), Errc::unknown_member);
}

TEST(Leave, AnswersWhatTheMemberWasWaitingFor) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    const auto waiting = groups.send(sync_request(replies[1]));
    groups.ask(leave_of(replies[1].member_id));
    EXPECT_EQ(code(groups.take<SyncRequest>(waiting).value()), Errc::unknown_member);
}

TEST(StaticMember, ARestartedFollowerTakesItsShareWithoutRebalance) {
    GroupDriver groups;
    const auto before = stable_group(groups, {static_join("a"), static_join("b")});
    const auto& old = before[1];
    const std::string instance = old.member_id.substr(0, 1);
    const auto back = groups.ask(static_join(instance));
    EXPECT_FALSE(back.error);
    EXPECT_EQ(back.generation, 1);
    EXPECT_NE(back.member_id, old.member_id);
    EXPECT_EQ(back.leader, before[0].member_id);
    EXPECT_EQ(groups.group("g")->state, GroupState::stable);
    auto sync = sync_request(back);
    sync.instance_id = instance;
    EXPECT_EQ(groups.ask(sync).assignment, bytes_of("share of " + old.member_id));
    auto fenced = heartbeat_of(old);
    fenced.instance_id = instance;
    EXPECT_EQ(code(groups.ask(fenced)), Errc::fenced_instance);
    auto commit = commit_of(old, 1);
    commit.instance_id = instance;
    EXPECT_EQ(code(groups.ask(commit)), Errc::fenced_instance);
    EXPECT_EQ(code(groups.ask(static_join(instance, old.member_id))), Errc::fenced_instance);
}

TEST(StaticMember, ARestartedLeaderIsToldByWhatItUnderstands) {
    GroupDriver groups;
    const auto before = stable_group(groups, {static_join("a")});
    auto request = static_join("a");
    const auto simple = groups.ask(request);
    EXPECT_EQ(simple.leader, before[0].member_id);  // so it does not think itself the leader
    EXPECT_TRUE(simple.members.empty());
    EXPECT_FALSE(simple.skip_assignment);
    request.can_skip_assignment = true;
    const auto clever = groups.ask(request);
    EXPECT_EQ(clever.leader, clever.member_id);
    EXPECT_EQ(clever.members.size(), 1u);
    EXPECT_TRUE(clever.skip_assignment);
}

TEST(StaticMember, TheTakeoverSurvivesARestart) {
    GroupDriver groups;
    stable_group(groups, {static_join("a")});
    const auto back = groups.ask(static_join("a"));
    groups.restart();
    auto beat = heartbeat_of(back);
    beat.instance_id = "a";
    EXPECT_FALSE(groups.ask(beat).error);
}

TEST(StaticMember, OtherTopicsNeedARebalanceButOtherOwnedPartitionsDoNot) {
    GroupDriver groups;
    stable_group(groups, {static_join("a"), static_join("b")});
    auto request = static_join("a");
    request.protocols[0].metadata = subscription({"orders"}, "owned");
    EXPECT_FALSE(groups.ask(request).error);
    request.protocols[0].metadata = subscription({"payments"});
    const auto waiting = groups.send(request);
    EXPECT_EQ(groups.open().count(waiting), 1u);
    EXPECT_EQ(groups.group("g")->state, GroupState::preparing_rebalance);
}

TEST(StaticMember, AProtocolThatItNoLongerKnowsNeedsARebalance) {
    GroupDriver groups;
    auto both = static_join("a");
    both.protocols.push_back({"sticky", subscription({"orders"})});
    stable_group(groups, {both});
    auto request = both;
    request.protocols.erase(request.protocols.begin());
    EXPECT_EQ(groups.ask(request).protocol, "sticky");
}

TEST(StaticMember, IsKeptWhileItIsAwayUntilItsSessionEnds) {
    GroupDriver groups;
    auto away = static_join("away");
    away.session_timeout_ms = 300'000;
    const auto before = stable_group(groups, {join_request(), away});
    const auto dynamic = before[0].member_id.starts_with("away") ? before[1] : before[0];
    const auto again = groups.send(join_request(dynamic.member_id, "payments"));
    groups.advance(60'000);
    const auto reply = groups.take<JoinRequest>(again).value();
    EXPECT_EQ(reply.generation, 2);
    EXPECT_EQ(reply.leader, dynamic.member_id);
    EXPECT_EQ(reply.members.size(), 2u);  // the leader shares out to it, too
    groups.ask(sync_request(reply));
    for (int i = 0; i < 47; ++i) {
        groups.advance(5'000);
        ASSERT_FALSE(groups.ask(heartbeat_of(reply)).error) << i;
    }
    groups.advance(5'000);
    EXPECT_EQ(code(groups.ask(heartbeat_of(reply))), Errc::rebalance_in_progress);
}

TEST(StaticMember, IfOnlyStaticOnesAreLeftAndAwayTheGroupWaitsForTheirSessions) {
    GroupDriver groups;
    auto request = static_join("a");
    request.session_timeout_ms = 100'000;
    stable_group(groups, {request, join_request()});
    groups.advance(10'000);  // the dynamic one goes
    groups.advance(60'000);
    EXPECT_EQ(groups.group("g")->state, GroupState::preparing_rebalance);
    EXPECT_EQ(groups.group("g")->members.size(), 1u);
    const auto back = groups.ask(request);
    EXPECT_EQ(back.generation, 2);
    EXPECT_EQ(back.members.size(), 1u);
}

TEST(StaticMember, TwoProcessesOfOneInstanceThatJoinFenceEachOther) {
    GroupDriver groups;
    const auto first = groups.send(static_join("a"));
    const auto second = groups.send(static_join("a"));
    EXPECT_EQ(code(groups.take<JoinRequest>(first).value()), Errc::fenced_instance);
    groups.advance(6'000);
    EXPECT_EQ(groups.take<JoinRequest>(second).value().members.size(), 1u);
}

TEST(Restart, MembersGoOnWhereTheyWere) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    groups.restart();
    for (const auto& reply : replies) {
        EXPECT_FALSE(groups.ask(heartbeat_of(reply)).error);
        EXPECT_EQ(groups.ask(sync_request(reply)).assignment, bytes_of("share of " + reply.member_id));
    }
    EXPECT_FALSE(groups.ask(commit_of(replies[1], 5)).error);
    groups.advance(10'000);  // and their sessions count
    EXPECT_NE(groups.group("g")->state, GroupState::stable);
}

TEST(Restart, AGenerationThatWasNotSharedOutIsForgotten) {
    GroupDriver groups;
    const auto replies = joined_pair(groups);
    groups.restart();
    EXPECT_EQ(groups.group("g"), nullptr);
    EXPECT_EQ(code(groups.ask(sync_request(replies[0]))), Errc::unknown_member);
}

}  // namespace
}  // namespace weir::stream
