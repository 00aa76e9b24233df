// Messages of the group: what is written is read, and what does not hold is refused.
#include "consensus/message_format.hpp"

#include <gtest/gtest.h>

#include "consensus/members.hpp"
#include "support/golden.hpp"

namespace weir::consensus {
namespace {

const Uuid message_cluster = Uuid::from_random(0x0123456789abcdef, 0xfedcba9876543210);
const Sender sender{.cluster_id = message_cluster, .address = "host:9094"};

LogEntry entry(LogTerm term, std::string_view text, RecordKind kind = RecordKind::command) {
    const auto bytes = as_bytes(text);
    return {.term = term, .kind = kind, .data = {bytes.begin(), bytes.end()}};
}
LogEntry members_entry(LogTerm term) {
    return {.term = term, .kind = RecordKind::members, .data = encode_members({{.node = NodeId{1}}})};
}

std::vector<Message> one_of_each() {
    return {
        VoteRequest{.term = 9, .last = {41, 8}, .is_pre_vote = true, .disrupts_leader = false},
        VoteReply{.term = 9, .is_pre_vote = false, .is_granted = true},
        AppendRequest{.term = 9,
                      .previous = {41, 7},
                      .committed = 40,
                      .entries = {entry(8, "first"), entry(9, "", RecordKind::barrier)}},
        AppendReply{.term = 9, .rejected = 41, .last = 30},
        SnapshotPart{.term = 9,
                     .at = {41, 8},
                     .members_index = 1,
                     .members = encode_members({{.node = NodeId{7}}}),
                     .size = 1000,
                     .offset = 997,
                     .data = {1, 2, 3}},
        ElectionRequest{.term = 9, .last = {41, 8}},
    };
}

Errc decoded(const Message& message) {
    const auto out = decode_message(message_cluster, encode_message(sender, message));
    return out ? Errc::internal : out.error().code;
}
bool holds(const Message& message) {
    return decode_message(message_cluster, encode_message(sender, message)).has_value();
}

TEST(MessageFormat, ReadsWhatItWrote) {
    for (const auto& message : one_of_each()) {
        const auto bytes = encode_message(sender, message);
        const auto back = decode_message(message_cluster, bytes);
        ASSERT_TRUE(back) << message.index() << ": " << back.error().message;
        EXPECT_EQ(back->message.index(), message.index());
        EXPECT_EQ(back->address, sender.address);
        EXPECT_EQ(encode_message({message_cluster, back->address}, back->message), bytes);
    }
}

TEST(MessageFormat, IsThatOfTheDocument) {
    Bytes all;
    for (const auto& message : one_of_each()) {
        const auto bytes = encode_message(sender, message);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    EXPECT_EQ(test::to_hex(all), test::to_hex(test::golden("metadata/messages")));
}

TEST(MessageFormat, RefusesEachCutAndExcess) {
    for (const auto& message : one_of_each()) {
        auto bytes = encode_message(sender, message);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(decode_message(message_cluster, ByteView{bytes}.first(size))) << size;
        bytes.push_back(0);
        EXPECT_FALSE(decode_message(message_cluster, bytes));
    }
}

TEST(MessageFormat, TellsAnotherClusterAndANewerWeir) {
    auto bytes = encode_message(sender, ElectionRequest{.term = 1, .last = {1, 1}});
    EXPECT_EQ(decode_message(Uuid::from_random(1, 2), bytes).error().code, Errc::not_authorized);
    bytes[1] = 7;
    EXPECT_EQ(decode_message(message_cluster, bytes).error().code, Errc::unsupported);
    bytes[0] = 2;
    EXPECT_EQ(decode_message(message_cluster, bytes).error().code, Errc::unsupported);
}

// The engine asserts these of what it is fed.
TEST(MessageFormat, RefusesWhatTheEngineWouldNotSurvive) {
    EXPECT_TRUE(holds(AppendRequest{.term = 1, .previous = {}, .entries = {members_entry(1)}}));
    EXPECT_FALSE(holds(AppendRequest{.term = 0, .previous = {}}));
    EXPECT_FALSE(holds(AppendRequest{.term = 2, .previous = {5, 0}}));
    EXPECT_FALSE(holds(AppendRequest{.term = 2, .previous = {5, 1}, .entries = {entry(0, "")}}));
    EXPECT_FALSE(holds(AppendRequest{.term = 2, .previous = {5, 2}, .entries = {entry(1, "")}}));
    EXPECT_FALSE(holds(AppendRequest{.term = 2, .previous = {5, 1}, .entries = {entry(3, "")}}));
    EXPECT_FALSE(
        holds(AppendRequest{.term = 2, .previous = {5, 1}, .entries = {entry(1, ""), members_entry(1)}}));
    EXPECT_FALSE(holds(AppendRequest{
        .term = 2, .previous = {5, 1}, .entries = {entry(2, "not a list", RecordKind::members)}}));
    EXPECT_FALSE(holds(AppendReply{.term = 1, .rejected = 5, .last = 5}));
    EXPECT_FALSE(holds(VoteRequest{.term = 8, .last = {41, 8}}));
    EXPECT_EQ(decoded(AppendRequest{.term = UINT64_MAX, .previous = {}}), Errc::corrupt);
    auto part = std::get<SnapshotPart>(one_of_each()[4]);
    EXPECT_TRUE(holds(part));
    part.offset = 998;
    EXPECT_FALSE(holds(part));
    part.offset = 0, part.size = max_snapshot_bytes + 1;
    EXPECT_FALSE(holds(part));
}

TEST(Members, RoundTripAndAreChecked) {
    const std::vector<Member> some{{NodeId{0}, "one:1", true}, {NodeId{41}, "two:2", false}};
    const auto bytes = encode_members(some);
    EXPECT_EQ(decode_members(bytes).value(), some);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_members(ByteView{bytes}.first(size))) << size;
    EXPECT_FALSE(check_members({}));
    EXPECT_FALSE(check_members({{NodeId{1}, "a", true}, {NodeId{1}, "b", true}}));
    EXPECT_FALSE(check_members({{NodeId{1}, "a", true}, {NodeId{2}, "a", true}}));
    EXPECT_FALSE(check_members({{NodeId{-1}, "a", true}}));
    EXPECT_FALSE(check_members({{NodeId{1}, std::string(max_address_bytes + 1, 'a'), true}}));
}

}  // namespace
}  // namespace weir::consensus
