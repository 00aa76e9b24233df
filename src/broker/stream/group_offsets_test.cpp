// Committing, fetching, deleting and expiring offsets; describing, listing and deleting groups.
#include <gmock/gmock.h>

#include "support/group_members.hpp"

namespace weir::stream {
namespace {

using namespace test;

constexpr std::int64_t day_ms = 24 * 3600 * 1000;

// What tools and simple consumers send: no member, no generation.
CommitRequest plain_commit(std::int64_t offset, const std::string& topic = "orders",
                           const std::string& group = "g") {
    CommitRequest request;
    request.group = group;
    request.offsets = {{{topic, PartitionId{0}}, Offset{offset}, LeaderEpoch{4}, "note"}};
    return request;
}

std::vector<FetchedOffset> fetch(GroupDriver& groups, const std::string& group = "g") {
    return groups.ask(FetchOffsetsRequest{group, std::nullopt}).offsets;
}

std::int64_t fetch_one(GroupDriver& groups, const std::string& topic = "orders") {
    const auto reply = groups.ask(FetchOffsetsRequest{"g", {{{topic, PartitionId{0}}}}});
    return reply.offsets.at(0).offset.value;
}

TEST(Offsets, AreFetchedAsTheyWereCommitted) {
    GroupDriver groups;
    EXPECT_FALSE(groups.ask(plain_commit(42)).error);
    const auto reply = groups.ask(FetchOffsetsRequest{
        "g", {{{"orders", PartitionId{0}}, {"orders", PartitionId{1}}, {"x", PartitionId{0}}}}});
    ASSERT_EQ(reply.offsets.size(), 3u);
    EXPECT_EQ(reply.offsets[0].offset, Offset{42});
    EXPECT_EQ(reply.offsets[0].leader_epoch, LeaderEpoch{4});
    EXPECT_EQ(reply.offsets[0].metadata, "note");
    for (const std::size_t i : {1u, 2u}) {  // never committed: no error
        EXPECT_EQ(reply.offsets[i].offset, Offset{-1});
        EXPECT_EQ(reply.offsets[i].leader_epoch, no_epoch);
        EXPECT_EQ(reply.offsets[i].metadata, "");
    }
    EXPECT_EQ(fetch(groups).size(), 1u);
}

TEST(Offsets, OfAnUnknownGroupAreNone) {
    GroupDriver groups;
    EXPECT_TRUE(fetch(groups).empty());
    EXPECT_EQ(fetch_one(groups), -1);
    EXPECT_EQ(groups.machine().group_count(), 0u);
}

TEST(Offsets, SurviveARestart) {
    GroupDriver groups;
    const auto member = stable_group(groups, 1)[0];
    groups.ask(commit_of(member, 1));
    groups.ask(commit_of(member, 2));
    groups.restart();
    EXPECT_EQ(fetch_one(groups), 2);
}

TEST(Offsets, ARefusedCommitChangesNothing) {
    GroupDriver groups;
    groups.ask(plain_commit(1));
    groups.refuse_records = true;
    groups.ask(plain_commit(2));
    EXPECT_EQ(fetch_one(groups), 1);
}

struct CommitCase {
    const char* what;
    void (*change)(CommitRequest&);
    std::optional<Errc> code;
};
class CommitOfAStableGroup : public testing::TestWithParam<CommitCase> {};

TEST_P(CommitOfAStableGroup, IsJudged) {
    GroupDriver groups;
    auto request = commit_of(stable_group(groups, 1)[0], 7);
    GetParam().change(request);
    EXPECT_EQ(code(groups.ask(request)), GetParam().code);
}

const CommitCase commit_cases[] = {
    {"OfItsMember", [](CommitRequest&) {}, std::nullopt},
    {"WithoutMember",
     [](CommitRequest& r) {
         r.member_id = "";
         r.generation = -1;
     },
     Errc::unknown_member},
    {"OfAnotherMember", [](CommitRequest& r) { r.member_id = "nobody"; }, Errc::unknown_member},
    {"OfAnOldGeneration", [](CommitRequest& r) { r.generation = 0; }, Errc::illegal_generation},
    {"OfAMemberWithoutGeneration", [](CommitRequest& r) { r.generation = -1; }, Errc::illegal_generation},
    {"OfAnUnknownInstance", [](CommitRequest& r) { r.instance_id = "i"; }, Errc::unknown_member},
    {"OfAnUnknownGroup", [](CommitRequest& r) { r.group = "other"; }, Errc::group_not_found},
};
INSTANTIATE_TEST_SUITE_P(Offsets, CommitOfAStableGroup, testing::ValuesIn(commit_cases),
                         [](const auto& instance) { return std::string(instance.param.what); });

TEST(Offsets, MayBeCommittedWhileJoinsAreGatheredButNotBeforeTheSync) {
    GroupDriver groups;
    const auto members = stable_group(groups, 2);
    const auto one = groups.send(join_request(members[0].member_id));
    EXPECT_FALSE(groups.ask(commit_of(members[1], 3)).error);
    const auto two = groups.send(join_request(members[1].member_id));
    const auto again = joined(groups, {one, two});
    EXPECT_EQ(code(groups.ask(commit_of(again[1], 4))), Errc::rebalance_in_progress);
    EXPECT_EQ(fetch_one(groups), 3);
}

TEST(Offsets, TooLongMetadataIsRefusedForThatPartitionOnly) {
    GroupDriver groups;
    auto request = plain_commit(1);
    request.offsets.push_back({{"orders", PartitionId{1}}, Offset{2}, no_epoch, std::string(4097, 'm')});
    request.offsets.push_back({{"orders", PartitionId{2}}, Offset{3}, no_epoch, std::string(4096, 'm')});
    const auto reply = groups.ask(request);
    EXPECT_FALSE(reply.error);
    ASSERT_EQ(reply.partitions.size(), 3u);
    EXPECT_FALSE(reply.partitions[0].error);
    EXPECT_EQ(reply.partitions[1].error->code, Errc::offset_metadata_too_large);
    EXPECT_FALSE(reply.partitions[2].error);
    EXPECT_EQ(fetch(groups).size(), 2u);
}

TEST(Offsets, TheLimitOfPartitionsHoldsWithinOneRequestToo) {
    GroupDriver groups({.max_group_offsets = 2});
    auto request = plain_commit(1);
    request.offsets.push_back({{"b", PartitionId{0}}, Offset{2}, no_epoch, ""});
    request.offsets.push_back({{"c", PartitionId{0}}, Offset{3}, no_epoch, ""});
    const auto reply = groups.ask(request);
    EXPECT_FALSE(reply.partitions.at(1).error);
    EXPECT_EQ(reply.partitions.at(2).error->code, Errc::limit_exceeded);
    EXPECT_FALSE(groups.ask(plain_commit(9)).partitions.at(0).error);  // what is there can be set
}

TEST(Retention, OfASimpleGroupCountsFromTheCommit) {
    GroupDriver groups;
    groups.ask(plain_commit(1, "early"));
    groups.advance(day_ms);
    groups.ask(plain_commit(2, "late"));
    groups.advance(6 * day_ms + 600'000);
    ASSERT_EQ(fetch(groups).size(), 1u);
    EXPECT_EQ(fetch(groups)[0].where.topic, "late");
    groups.advance(day_ms);
    EXPECT_EQ(groups.machine().group_count(), 0u);
    EXPECT_TRUE(groups.state().empty());
}

TEST(Retention, CountsFromWhenTheGroupBecameEmpty) {
    GroupDriver groups;
    auto member = stable_group(groups, 1)[0];
    groups.ask(commit_of(member, 5));
    for (std::int64_t ms = 0; ms < 8 * day_ms; ms += 9'000) {
        groups.now.steady_ms += 9'000;
        groups.now.wall_ms += 9'000;
        ASSERT_FALSE(groups.ask(heartbeat_of(member)).error);
    }
    groups.advance(0);
    EXPECT_EQ(fetch_one(groups), 5);  // in use, however old
    groups.ask(leave_of(member.member_id));
    groups.advance(7 * day_ms - 600'000);
    EXPECT_EQ(fetch_one(groups), 5);
    groups.restart();  // the clock goes on
    groups.advance(1'200'000);
    EXPECT_EQ(fetch_one(groups), -1);
    EXPECT_EQ(groups.group("g"), nullptr);
    EXPECT_TRUE(groups.state().empty());
}

TEST(Retention, OfAStableConsumerGroupTakesTopicsNobodySubscribesTo) {
    GroupDriver groups({.offsets_retention_ms = 5'000, .offsets_check_interval_ms = 1'000});
    auto member = stable_group(groups, 1)[0];
    auto request = commit_of(member, 1);
    request.offsets.push_back({{"forgotten", PartitionId{0}}, Offset{2}, no_epoch, ""});
    groups.ask(request);
    groups.advance(6'000);
    ASSERT_EQ(fetch(groups).size(), 1u);
    EXPECT_EQ(fetch(groups)[0].where.topic, "orders");
}

TEST(Retention, AClientMayAskForItsOwn) {
    GroupDriver groups;
    auto request = plain_commit(1);
    request.retention_ms = 3'600'000;
    groups.ask(request);
    groups.advance(3'599'999);
    EXPECT_EQ(fetch_one(groups), 1);
    groups.advance(600'000);
    EXPECT_EQ(fetch_one(groups), -1);
}

TEST(Retention, AClientsOwnMayBeAbsurd) {
    GroupDriver groups;
    auto request = plain_commit(1);
    request.retention_ms = INT64_MAX;
    groups.ask(request);
    groups.advance(8 * day_ms);
    EXPECT_EQ(fetch_one(groups), 1);
    request.retention_ms = INT64_MIN;
    groups.ask(request);
    groups.advance(600'000);
    EXPECT_EQ(fetch_one(groups), -1);
}

TEST(Retention, AnEmptyGroupWithoutOffsetsGoesAway) {
    GroupDriver groups;
    const auto member = stable_group(groups, 1)[0];
    groups.ask(leave_of(member.member_id));
    EXPECT_EQ(groups.state().size(), 1u);
    groups.advance(600'000);
    EXPECT_EQ(groups.machine().group_count(), 0u);
    EXPECT_TRUE(groups.state().empty());
}

TEST(Retention, ARefusedExpiryIsTriedAgain) {
    GroupDriver groups;
    groups.ask(plain_commit(1));
    groups.refuse_records = true;
    groups.advance(8 * day_ms);
    EXPECT_EQ(fetch_one(groups), 1);
    groups.refuse_records = false;
    groups.advance(600'000);
    EXPECT_EQ(fetch_one(groups), -1);
}

TEST(DeleteOffsets, OfAnEmptyGroupAreDeleted) {
    GroupDriver groups;
    groups.ask(plain_commit(1));
    groups.ask(plain_commit(2, "payments"));
    const auto reply =
        groups.ask(DeleteOffsetsRequest{"g", {{"orders", PartitionId{0}}, {"none", PartitionId{0}}}});
    EXPECT_FALSE(reply.error);
    EXPECT_FALSE(reply.partitions.at(0).error);
    EXPECT_FALSE(reply.partitions.at(1).error);
    EXPECT_EQ(fetch_one(groups), -1);
    EXPECT_EQ(fetch_one(groups, "payments"), 2);
}

TEST(DeleteOffsets, OfTopicsInUseAreKept) {
    GroupDriver groups;
    const auto member = stable_group(groups, 1)[0];
    groups.ask(commit_of(member, 1));
    groups.ask(commit_of(member, 2, "payments"));
    for (int round = 0; round < 2; ++round) {
        const auto reply =
            groups.ask(DeleteOffsetsRequest{"g", {{"orders", PartitionId{0}}, {"payments", PartitionId{0}}}});
        EXPECT_EQ(reply.partitions.at(0).error->code, Errc::group_subscribed);
        EXPECT_FALSE(reply.partitions.at(1).error);
        groups.restart();  // the subscriptions are known after it, too
    }
    EXPECT_EQ(fetch_one(groups), 1);
    EXPECT_EQ(fetch_one(groups, "payments"), -1);
}

TEST(DeleteOffsets, OfAGroupThatWeirCannotReadNeedItEmpty) {
    GroupDriver groups;
    auto request = join_request();
    request.protocol_type = "connect";
    const auto member = stable_group(groups, {request})[0];
    EXPECT_EQ(code(groups.ask(DeleteOffsetsRequest{"g", {}})), Errc::group_not_empty);
    EXPECT_EQ(code(groups.ask(DeleteOffsetsRequest{"other", {}})), Errc::group_not_found);
}

TEST(DeleteOffsets, AnUnreadableSubscriptionCountsAsAll) {
    GroupDriver groups;
    auto request = join_request();
    request.protocols[0].metadata = bytes_of("?");
    const auto member = stable_group(groups, {request})[0];
    groups.ask(commit_of(member, 1));
    const auto reply = groups.ask(DeleteOffsetsRequest{"g", {{"orders", PartitionId{0}}}});
    EXPECT_EQ(reply.partitions.at(0).error->code, Errc::group_subscribed);
}

TEST(DeleteGroup, NeedsItEmpty) {
    GroupDriver groups;
    const auto member = stable_group(groups, 1)[0];
    groups.ask(commit_of(member, 1));
    EXPECT_EQ(code(groups.ask(DeleteGroupRequest{"g"})), Errc::group_not_empty);
    groups.ask(leave_of(member.member_id));
    EXPECT_FALSE(groups.ask(DeleteGroupRequest{"g"}).error);
    EXPECT_EQ(groups.group("g"), nullptr);
    EXPECT_TRUE(groups.state().empty());
    EXPECT_EQ(code(groups.ask(DeleteGroupRequest{"g"})), Errc::group_not_found);
    EXPECT_EQ(fetch_one(groups), -1);
}

TEST(DeleteGroup, TakesSimpleGroupsAndGroupsThatNobodyHasJoined) {
    GroupDriver groups;
    groups.ask(plain_commit(1));
    EXPECT_FALSE(groups.ask(DeleteGroupRequest{"g"}).error);
    EXPECT_TRUE(groups.state().empty());
    const auto id = new_id(groups);
    EXPECT_FALSE(groups.ask(DeleteGroupRequest{"g"}).error);
    EXPECT_EQ(groups.machine().group_count(), 0u);
    EXPECT_EQ(code(groups.ask(join_request(id))), Errc::unknown_member);
    groups.advance(20'000);
}

TEST(ForgetTopics, TakesTheirOffsetsFromAllGroups) {
    GroupDriver groups;
    const auto member = stable_group(groups, 1)[0];
    groups.ask(commit_of(member, 1));
    for (const char* topic : {"order", "orders", "orders2"}) groups.ask(plain_commit(1, topic, "h"));
    EXPECT_FALSE(groups.ask(ForgetTopicsRequest{{"orders", "unknown"}}).error);
    EXPECT_TRUE(fetch(groups).empty());
    EXPECT_EQ(fetch(groups, "h").size(), 2u);
    EXPECT_EQ(groups.group("g")->state, GroupState::stable);
}

TEST(Describe, ShowsMembersAndInAStableGroupWhatTheyHave) {
    GroupDriver groups;
    EXPECT_EQ(code(groups.ask(DescribeRequest{"g"})), Errc::group_not_found);
    const auto members = stable_group(groups, {join_request(), static_join("i")});
    auto shown = groups.ask(DescribeRequest{"g"});
    EXPECT_EQ(shown.state, GroupState::stable);
    EXPECT_EQ(shown.protocol_type, "consumer");
    EXPECT_EQ(shown.protocol, "range");
    EXPECT_EQ(shown.generation, 1);
    ASSERT_EQ(shown.members.size(), 2u);
    EXPECT_EQ(shown.members[0].client_id, "client");
    EXPECT_EQ(shown.members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(shown.members[0].metadata, subscription({"orders"}));
    EXPECT_EQ(shown.members[0].assignment, bytes_of("share of " + shown.members[0].member_id));
    EXPECT_EQ(shown.members[1].instance_id, "i");
    groups.send(join_request(members[0].member_id, "other"));
    shown = groups.ask(DescribeRequest{"g"});
    EXPECT_EQ(name(shown.state), "PreparingRebalance");
    EXPECT_EQ(shown.protocol, "");
    EXPECT_TRUE(shown.members.at(0).assignment.empty());
}

TEST(List, FiltersByStateAndTypeWhateverTheCase) {
    GroupDriver groups;
    stable_group(groups, 1);
    groups.ask(plain_commit(1, "t", "simple"));
    const auto names = [&](std::vector<std::string> states, std::vector<std::string> types) {
        std::string all;
        for (const auto& group : groups.ask(ListRequest{std::move(states), std::move(types)}).groups) {
            all += fmt::format("{}:{}:{} ", group.group, name(group.state), group.protocol_type);
        }
        return all;
    };
    EXPECT_EQ(names({}, {}), "g:Stable:consumer simple:Empty: ");
    EXPECT_EQ(names({"STABLE"}, {}), "g:Stable:consumer ");
    EXPECT_EQ(names({"empty", "preparingrebalance"}, {"Classic"}), "simple:Empty: ");
    EXPECT_EQ(names({}, {"share"}), "");
    EXPECT_EQ(names({"unknown"}, {}), "");
}

TEST(Groups, AreLookedAtSoManyAtATime) {
    constexpr int count = 10;
    GroupDriver groups(
        {.offsets_retention_ms = 5'000, .offsets_check_interval_ms = 1'000, .groups_at_a_time = 4});
    for (int i = 0; i < count; ++i)
        EXPECT_FALSE(groups.ask(plain_commit(1, "orders", "g" + std::to_string(i))).error);
    const auto begin = groups.now;
    auto& machine = groups.machine();
    const Instant late{begin.steady_ms + 10'000, begin.wall_ms + 10'000};
    EXPECT_EQ(machine.on_time(late).records.size(), 4u);
    EXPECT_LE(machine.next_deadline_ms(), late.steady_ms) << "goes on at once";
    EXPECT_EQ(machine.on_time(late).records.size(), 4u);
    EXPECT_EQ(machine.on_time(late).records.size(), 2u);
    EXPECT_EQ(machine.next_deadline_ms(), late.steady_ms + 1'000);
}

}  // namespace
}  // namespace weir::stream
