// The replica fetch's bytes: as they were, there and back, and never more than there is.
#include "replication/replica_fetch.hpp"

#include <gtest/gtest.h>

#include "support/batch_builder.hpp"
#include "support/golden.hpp"

namespace weir::replication {
namespace {

const log::LogKey log_key{Uuid::from_random(1, 2), PartitionId{7}};
const Bytes batches{0xde, 0xad, 0xbe, 0xef};
const log::LogKey gone{Uuid::from_random(1, 2), PartitionId{8}};

ReplicaFetchRequest request() {
    return {.node = NodeId{3},
            .broker_epoch = BrokerEpoch{9},
            .max_wait_ms = 500,
            .min_bytes = 1,
            .max_bytes = 1 << 20,
            .sequence = 6,
            .is_wary = true,
            .partitions = {{.key = log_key,
                            .leader_epoch = LeaderEpoch{4},
                            .fetch_offset = Offset{1000},
                            .last_fetched_epoch = LeaderEpoch{2},
                            .log_start = Offset{10}}},
            .gone = {gone}};
}

ReplicaFetchReply reply() {
    return {.partitions = {{.key = log_key,
                            .leader_epoch = LeaderEpoch{4},
                            .high_watermark = Offset{900},
                            .log_start = Offset{5},
                            .log_end = Offset{1100},
                            .batches_epoch = LeaderEpoch{3},
                            .batch_bytes = 4},
                           {.key = log_key,
                            .leader_epoch = LeaderEpoch{4},
                            .diverging = log::EpochEnd{LeaderEpoch{1}, Offset{40}},
                            .log_end = Offset{60}}}};
}

// The reply as it is sent.
Bytes whole_reply() {
    auto bytes = encode(reply());
    bytes.insert(bytes.end(), batches.begin(), batches.end());
    return bytes;
}

TEST(ReplicaFetch, IsWhatItWas) {
    EXPECT_EQ(test::to_hex(encode(request())), test::to_hex(test::golden("replication/fetch_request")));
    EXPECT_EQ(test::to_hex(whole_reply()), test::to_hex(test::golden("replication/fetch_reply")));
}

TEST(ReplicaFetch, ComesBackAsItWent) {
    EXPECT_EQ(decode_fetch_request(encode(request())).value(), request());
    const auto decoded = decode_fetch_reply(test::shared(whole_reply())).value();
    EXPECT_EQ(encode(decoded), encode(reply()));
    EXPECT_TRUE(std::ranges::equal(decoded.partitions.at(0).batches.bytes, batches));
    EXPECT_TRUE(decoded.partitions.at(1).batches.bytes.empty());
    EXPECT_FALSE(decode_fetch_reply(test::shared(encode({.is_session_known = false})))->is_session_known);
}

TEST(ReplicaFetch, AnythingCutShortIsRefused) {
    const auto asked = encode(request());
    for (std::size_t size = 0; size < asked.size(); ++size) {
        EXPECT_FALSE(decode_fetch_request(ByteView{asked}.first(size))) << size;
    }
    auto told = whole_reply();
    told.push_back(0);
    EXPECT_FALSE(decode_fetch_reply(test::shared(told)));
    for (told.pop_back(); !told.empty();) {
        told.pop_back();
        EXPECT_FALSE(decode_fetch_reply(test::shared(told))) << told.size();
    }
}

TEST(ReplicaFetch, RefusesWhatCantBe) {
    auto bytes = encode(request());
    bytes[0] = 9;
    EXPECT_EQ(decode_fetch_request(bytes).error().code, Errc::unsupported);
    bytes = encode(request());
    store_little(bytes.data() + 31, std::uint32_t{0xffffffff});  // so many partitions
    EXPECT_EQ(decode_fetch_request(bytes).error().code, Errc::corrupt);
    bytes = encode(request());
    bytes.push_back(0);
    EXPECT_FALSE(decode_fetch_request(bytes));
    auto negative = request();
    negative.partitions[0].fetch_offset = Offset{-1};
    EXPECT_FALSE(decode_fetch_request(encode(negative)));
    auto odd = whole_reply();
    odd[7 + 20] = 200;  // no such error
    EXPECT_FALSE(decode_fetch_reply(test::shared(odd)));
}

}  // namespace
}  // namespace weir::replication
