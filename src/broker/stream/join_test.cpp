// Joining: ids, the initial delay, the vote, rejoining, limits.
#include <gmock/gmock.h>

#include "support/group_members.hpp"

namespace weir::stream {
namespace {

using namespace test;
using testing::UnorderedElementsAre;

TEST(Join, ADynamicMemberIsGivenAnIdFirst) {
    GroupDriver groups;
    const auto first = groups.ask(join_request());
    EXPECT_EQ(code(first), Errc::member_id_required);
    EXPECT_TRUE(first.member_id.starts_with("client-"));
    EXPECT_NE(new_id(groups), first.member_id);
    EXPECT_FALSE(groups.take<JoinRequest>(groups.send(join_request(first.member_id))));  // it waits
    EXPECT_EQ(groups.group("g")->state, GroupState::preparing_rebalance);
}

TEST(Join, AnIdIsGoodForOneSession) {
    GroupDriver groups;
    const auto id = new_id(groups);
    groups.advance(10'000);
    EXPECT_EQ(code(groups.ask(join_request(id))), Errc::unknown_member);
}

TEST(Join, OldClientsAndStaticMembersGetInAtOnce) {
    GroupDriver groups;
    auto old = join_request();
    old.needs_known_id = false;
    const auto one = groups.send(old);
    const auto two = groups.send(static_join("i"));
    groups.advance(6'000);
    const auto replies = joined(groups, {one, two});
    EXPECT_TRUE(replies[0].member_id.starts_with("client-"));
    EXPECT_TRUE(replies[1].member_id.starts_with("i-"));
}

TEST(Join, AnEmptyGroupWaitsForMore) {
    GroupDriver groups;
    const auto token = groups.send(join_request(new_id(groups)));
    groups.advance(2'999);
    EXPECT_EQ(groups.open().count(token), 1u);
    groups.advance(1);
    const auto reply = groups.take<JoinRequest>(token);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->generation, 1);
    EXPECT_EQ(reply->leader, reply->member_id);
    EXPECT_EQ(reply->protocol, "range");
    EXPECT_EQ(reply->protocol_type, "consumer");
}

TEST(Join, NewcomersExtendTheWaitUpToTheRebalanceTimeout) {
    GroupDriver groups;
    std::vector<Token> tokens;
    const auto join_quickly = [&] {
        auto request = join_request();
        request.needs_known_id = false;
        request.rebalance_timeout_ms = 8'000;
        tokens.push_back(groups.send(request));
    };
    join_quickly();  // at 0: until 3 s
    groups.advance(2'000);
    join_quickly();  // at 2 s: until 6 s
    groups.advance(3'000);
    EXPECT_EQ(groups.open().size(), 2u);
    join_quickly();  // at 5 s: until 8 s, no longer
    groups.advance(2'999);
    EXPECT_EQ(groups.open().size(), 3u);
    join_quickly();
    groups.advance(1);
    for (const auto& reply : joined(groups, tokens)) EXPECT_EQ(reply.generation, 1);
}

TEST(Join, WithoutInitialDelayTheFirstMemberLeadsAtOnce) {
    GroupDriver groups({.initial_rebalance_delay_ms = 0});
    const auto reply = groups.ask(join_request(new_id(groups)));
    EXPECT_EQ(reply.generation, 1);
    EXPECT_EQ(reply.members.size(), 1u);
}

TEST(Join, OnlyTheLeaderGetsTheMembers) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 3);
    ASSERT_EQ(replies[0].members.size(), 3u);
    EXPECT_EQ(replies[0].members[0].metadata, subscription({"orders"}));
    EXPECT_TRUE(replies[1].members.empty());
    EXPECT_TRUE(replies[2].members.empty());
    EXPECT_EQ(replies[1].leader, replies[0].member_id);
}

TEST(Join, TheProtocolIsWhatMostPreferAmongWhatAllKnow) {
    GroupDriver groups;
    const auto with = [&](std::vector<std::string> names) {
        auto request = join_request();
        request.protocols.clear();
        for (auto& each : names) request.protocols.push_back({each, subscription({"t"}, each)});
        return request;
    };
    const auto replies = stable_group(groups, {with({"sticky", "range", "robin"}), with({"robin", "range"}),
                                               with({"range", "robin", "x"}), with({"x", "range", "robin"})});
    for (const auto& reply : replies) EXPECT_EQ(reply.protocol, "range");
    EXPECT_EQ(replies[0].members[0].metadata, subscription({"t"}, "range"));
}

struct BadJoin {
    const char* what;
    void (*spoil)(JoinRequest&);
    Errc code;
};
class RefusedJoin : public testing::TestWithParam<BadJoin> {};

TEST_P(RefusedJoin, IsRefused) {
    GroupDriver groups;
    stable_group(groups, 1);
    auto request = join_request();
    GetParam().spoil(request);
    EXPECT_EQ(code(groups.ask(request)), GetParam().code);
}

const BadJoin bad_joins[] = {
    {"ShortSession", [](JoinRequest& r) { r.session_timeout_ms = 5'999; }, Errc::invalid_session_timeout},
    {"LongSession", [](JoinRequest& r) { r.session_timeout_ms = 1'800'001; }, Errc::invalid_session_timeout},
    {"NoType", [](JoinRequest& r) { r.protocol_type = ""; }, Errc::inconsistent_protocol},
    {"NoProtocols", [](JoinRequest& r) { r.protocols.clear(); }, Errc::inconsistent_protocol},
    {"OtherType", [](JoinRequest& r) { r.protocol_type = "connect"; }, Errc::inconsistent_protocol},
    {"NothingInCommon", [](JoinRequest& r) { r.protocols[0].name = "sticky"; }, Errc::inconsistent_protocol},
    {"UnknownMember", [](JoinRequest& r) { r.member_id = "nobody"; }, Errc::unknown_member},
    {"UnknownMemberOfNoGroup", [](JoinRequest& r) { r.member_id = r.group = "nobody"; },
     Errc::unknown_member},
    {"UnknownInstance",
     [](JoinRequest& r) {
         r.member_id = "nobody";
         r.instance_id = "i";
     },
     Errc::unknown_member},
    {"NoGroup", [](JoinRequest& r) { r.group = ""; }, Errc::invalid_group},
    {"NoGroupNorSession",
     [](JoinRequest& r) {
         r.group = "";
         r.session_timeout_ms = 0;
     },
     Errc::invalid_group},
    {"LongGroup", [](JoinRequest& r) { r.group.assign(4097, 'g'); }, Errc::invalid_group},
    {"LongClient", [](JoinRequest& r) { r.client_id.assign(4097, 'c'); }, Errc::invalid_argument},
};
INSTANTIATE_TEST_SUITE_P(Join, RefusedJoin, testing::ValuesIn(bad_joins),
                         [](const auto& instance) { return std::string(instance.param.what); });

TEST(Join, AFullGroupTakesNobodyElse) {
    GroupDriver groups({.max_group_members = 2});
    const auto replies = stable_group(groups, 2);
    EXPECT_EQ(code(groups.ask(join_request())), Errc::group_full);
    EXPECT_EQ(code(groups.ask(static_join("i"))), Errc::group_full);
    const auto again = groups.send(join_request(replies[0].member_id));  // who is in stays in
    groups.advance(10'000);
    EXPECT_FALSE(groups.take<JoinRequest>(again).value().error);
    EXPECT_EQ(groups.group("g")->members.size(), 1u);
}

TEST(Join, IdsGivenOutCountAsMembers) {
    GroupDriver groups({.max_group_members = 2});
    const auto one = new_id(groups);
    new_id(groups);
    EXPECT_EQ(code(groups.ask(join_request())), Errc::group_full);
    groups.send(join_request(one));  // its place is its own
    EXPECT_EQ(groups.group("g")->members.size(), 1u);
}

TEST(Join, AFollowerThatComesBackUnchangedCausesNoRebalance) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    const auto again = groups.ask(join_request(replies[1].member_id));
    EXPECT_FALSE(again.error);
    EXPECT_EQ(again.generation, 1);
    EXPECT_TRUE(again.members.empty());
    EXPECT_EQ(groups.group("g")->state, GroupState::stable);
}

TEST(Join, TheLeaderThatComesBackStartsARebalance) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    const auto leader = groups.send(join_request(replies[0].member_id));
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[1]))), Errc::rebalance_in_progress);
    const auto follower = groups.send(join_request(replies[1].member_id));
    for (const auto& reply : joined(groups, {leader, follower})) {  // without any delay
        EXPECT_EQ(reply.generation, 2);
        EXPECT_EQ(reply.leader, replies[0].member_id);
    }
}

TEST(Join, ChangedMetadataStartsARebalance) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    groups.send(join_request(replies[1].member_id, "payments"));
    EXPECT_EQ(groups.group("g")->state, GroupState::preparing_rebalance);
}

TEST(Join, AMemberThatMissedItsAnswerGetsItAgain) {
    GroupDriver groups;
    const auto one = groups.send(join_request(new_id(groups)));
    const auto two = groups.send(join_request(new_id(groups)));
    groups.advance(6'000);
    for (const auto& reply : joined(groups, {one, two})) {
        const auto again = groups.ask(join_request(reply.member_id));
        EXPECT_EQ(again.generation, 1);
        EXPECT_EQ(again.members.size(), reply.members.size());
    }
    EXPECT_EQ(groups.group("g")->state, GroupState::completing_rebalance);
}

TEST(Join, ASecondJoinOfTheSameMemberReplacesTheFirst) {
    GroupDriver groups;
    const auto id = new_id(groups);
    const auto first = groups.send(join_request(id));
    const auto second = groups.send(join_request(id));
    EXPECT_EQ(code(groups.take<JoinRequest>(first).value()), Errc::rebalance_in_progress);
    groups.advance(3'000);
    EXPECT_FALSE(groups.take<JoinRequest>(second).value().error);
}

TEST(Join, WhoMissesTheRebalanceTimeoutIsDropped) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 2);
    const auto leader = groups.send(join_request(replies[0].member_id));
    for (int i = 0; i < 11; ++i) {  // its heartbeats do not save it
        groups.advance(5'000);
        EXPECT_EQ(code(groups.ask(heartbeat_of(replies[1]))), Errc::rebalance_in_progress);
    }
    groups.advance(5'000);
    const auto reply = groups.take<JoinRequest>(leader).value();
    EXPECT_EQ(reply.generation, 2);
    EXPECT_EQ(reply.members.size(), 1u);
    EXPECT_EQ(code(groups.ask(heartbeat_of(replies[1]))), Errc::unknown_member);
}

TEST(Join, ARebalanceWaitsForIdsGivenOut) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 1);
    const auto id = new_id(groups);
    const auto leader = groups.send(join_request(replies[0].member_id));
    EXPECT_EQ(groups.open().count(leader), 1u);
    const auto newcomer = groups.send(join_request(id));
    EXPECT_EQ(joined(groups, {leader, newcomer})[0].generation, 2);
}

TEST(Join, ARebalanceGoesOnWhenAnIdGivenOutExpires) {
    GroupDriver groups;
    const auto replies = stable_group(groups, 1);
    new_id(groups);
    const auto leader = groups.send(join_request(replies[0].member_id));
    groups.advance(10'000);
    EXPECT_EQ(joined(groups, {leader})[0].generation, 2);
}

TEST(Join, ANewcomerIsNotWaitedForWithoutEnd) {
    GroupDriver groups({.new_member_join_timeout_ms = 20'000});
    stable_group(groups, {static_join("a")});
    const auto newcomer = groups.send(join_request(new_id(groups)));
    groups.advance(20'000);
    // The static member's session ended first, so the newcomer leads; had it not, the newcomer would be gone.
    EXPECT_EQ(groups.take<JoinRequest>(newcomer).value().members.size(), 1u);
}

TEST(Join, TheLimitOfGroupsHolds) {
    GroupDriver groups({.max_groups = 1});
    new_id(groups);
    auto other = join_request();
    other.group = "h";
    EXPECT_EQ(code(groups.ask(other)), Errc::limit_exceeded);
}

}  // namespace
}  // namespace weir::stream
