// The records' bytes: golden ones, every older version, and refusals.
#include "broker/stream/group_records.hpp"

#include <gtest/gtest.h>

#include "broker/stream/subscription_format.hpp"
#include "support/golden.hpp"
#include "support/group_driver.hpp"

namespace weir::stream {
namespace {

using test::bytes_of;

OffsetRecord offset_record() {
    return {"billing",
            {"orders", PartitionId{3}},
            CommittedOffset{Offset{42}, LeaderEpoch{5}, "note", 1700000000000, -1}};
}

GroupRecord group_record() {
    StoredGroup group;
    group.protocol_type = "consumer";
    group.generation = 7;
    group.protocol = "range";
    group.leader = "c1-a";
    group.state_timestamp_ms = 1700000000000;
    group.members = {
        {"c1-a", std::nullopt, "c1", "/10.0.0.1", 300000, 45000, bytes_of("sub"), bytes_of("share")},
        {"s-b", "s", "c2", "/10.0.0.2", 60000, 10000, {}, {}}};
    return {"billing", group};
}

template <class R>
R decoded(const EncodedRecord& record) {
    const auto value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt;
    return std::get<R>(decode(record.key, value).value());
}

TEST(GroupRecords, OffsetHasItsGoldenBytes) {
    const auto encoded = encode(offset_record());
    EXPECT_EQ(test::to_hex(encoded.key), test::to_hex(test::golden("groups/offset_key")));
    EXPECT_EQ(test::to_hex(*encoded.value), test::to_hex(test::golden("groups/offset_value")));
    EXPECT_EQ(decoded<OffsetRecord>(encoded), offset_record());
}

TEST(GroupRecords, ExpiringOffsetHasItsGoldenBytes) {
    auto record = offset_record();
    record.value->expire_timestamp_ms = 1700000086400;
    const auto encoded = encode(record);
    EXPECT_EQ(test::to_hex(*encoded.value), test::to_hex(test::golden("groups/expiring_offset_value")));
    record.value->leader_epoch = no_epoch;  // this version has no room for it
    EXPECT_EQ(decoded<OffsetRecord>(encoded), record);
}

TEST(GroupRecords, GroupHasItsGoldenBytes) {
    const auto encoded = encode(group_record());
    EXPECT_EQ(test::to_hex(encoded.key), test::to_hex(test::golden("groups/group_key")));
    EXPECT_EQ(test::to_hex(*encoded.value), test::to_hex(test::golden("groups/group_value")));
    EXPECT_EQ(decoded<GroupRecord>(encoded), group_record());
}

TEST(GroupRecords, AnEmptyGroupHasNoProtocolAndNoLeader) {
    const GroupRecord record{"g", StoredGroup{.protocol_type = "consumer", .generation = 3}};
    EXPECT_EQ(decoded<GroupRecord>(encode(record)), record);
}

TEST(GroupRecords, RemovalsHaveNoValue) {
    EXPECT_EQ(decoded<OffsetRecord>(encode(OffsetRecord{"g", {"t", PartitionId{0}}, std::nullopt})).value,
              std::nullopt);
    EXPECT_EQ(decoded<GroupRecord>(encode(GroupRecord{"g", std::nullopt})).value, std::nullopt);
}

TEST(GroupRecords, ReadsOlderOffsets) {
    const Bytes key = test::golden("groups/offset_key");
    const Bytes zero = test::from_hex("0000 000000000000002a 0004 6e6f7465 0000018bcfe56800");
    auto record = std::get<OffsetRecord>(decode(key, ByteView(zero)).value());
    EXPECT_EQ(record.value, (CommittedOffset{Offset{42}, no_epoch, "note", 1700000000000, -1}));
    Bytes two = zero;
    two[1] = 2;
    record = std::get<OffsetRecord>(decode(key, ByteView(two)).value());
    EXPECT_EQ(record.value->commit_timestamp_ms, 1700000000000);
    Bytes old_key = key;
    old_key[1] = 0;
    EXPECT_TRUE(std::holds_alternative<OffsetRecord>(decode(old_key, ByteView(zero)).value()));
}

TEST(GroupRecords, ReadsOlderGroups) {
    const Bytes key = test::golden("groups/group_key");
    // type "c", generation 1, protocol "p", leader "m", one member "m" of client "i" at "h"
    const std::string head = "0001 63 00000001 0001 70 0001 6d";
    const std::string member = "00000001 0001 6d 0001 69 0001 68";
    const std::string tail = "00001388 00000001 aa 00000001 bb";
    auto read = [&](const std::string& hex) {
        const Bytes value = test::from_hex(hex);
        return *std::get<GroupRecord>(decode(key, ByteView(value)).value()).value;
    };
    const auto zero = read("0000" + head + member + tail);
    EXPECT_EQ(zero.members.at(0).session_timeout_ms, 5000);
    EXPECT_EQ(zero.members.at(0).rebalance_timeout_ms, 5000);
    EXPECT_EQ(zero.members.at(0).assignment, Bytes{0xbb});
    const auto one = read("0001" + head + member + "00000001" + tail);
    EXPECT_EQ(one.members.at(0).rebalance_timeout_ms, 1);
    EXPECT_EQ(one.state_timestamp_ms, -1);
    const auto two = read("0002" + head + "0000018bcfe56800" + member + "00000001" + tail);
    EXPECT_EQ(two.state_timestamp_ms, 1700000000000);
}

TEST(GroupRecords, PassesOverKindsItDoesNotKnow) {
    const Bytes key{0, 3, 1, 2, 3};
    EXPECT_TRUE(std::holds_alternative<std::monostate>(decode(key, std::nullopt).value()));
}

TEST(GroupRecords, RefusesWhatIsCutOrTooLong) {
    for (const auto& record : {encode(offset_record()), encode(group_record())}) {
        for (std::size_t cut = 0; cut < record.value->size(); ++cut) {
            EXPECT_FALSE(decode(record.key, ByteView(*record.value).first(cut))) << cut;
        }
        for (std::size_t cut = 0; cut < record.key.size(); ++cut) {
            EXPECT_FALSE(decode(ByteView(record.key).first(cut), ByteView(*record.value))) << cut;
        }
        Bytes longer = *record.value;
        longer.push_back(0);
        EXPECT_FALSE(decode(record.key, ByteView(longer)));
        longer = record.key;
        longer.push_back(0);
        EXPECT_FALSE(decode(longer, ByteView(*record.value)));
        Bytes newer = *record.value;
        newer[1] = 9;
        EXPECT_FALSE(decode(record.key, ByteView(newer)));
    }
}

TEST(GroupRecords, DoesNotAllocateWhatACountPromises) {
    const Bytes value = test::from_hex("0003 0000 00000001 ffff ffff 0000000000000000 7fffffff");
    EXPECT_EQ(decode(test::golden("groups/group_key"), ByteView(value)).error().code, Errc::corrupt);
}

TEST(SubscriptionFormat, ReadsTopicsSortedAndOnce) {
    using Topics = std::vector<std::string>;
    EXPECT_EQ(subscribed_topics(test::subscription({"b", "a", "b"})), (Topics{"a", "b"}));
    EXPECT_EQ(subscribed_topics(test::subscription({})), Topics{});
    EXPECT_EQ(subscribed_topics(test::golden("groups/subscription")), (Topics{"orders", "payments"}));
}

TEST(SubscriptionFormat, RefusesOtherBytes) {
    for (const char* hex : {"", "0001", "ffff00000000", "0001ffffffff", "00017fffffff0001",
                            "0000000000010002 61", "000000000001ffff"}) {
        EXPECT_EQ(subscribed_topics(test::from_hex(hex)), std::nullopt) << hex;
    }
}

}  // namespace
}  // namespace weir::stream
