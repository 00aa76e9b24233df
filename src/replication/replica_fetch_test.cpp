// The replica fetch's bytes: as they were, there and back, and never more than there is.
#include "replication/replica_fetch.hpp"

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace weir::replication {
namespace {

const log::LogKey key{Uuid::from_random(1, 2), PartitionId{7}};
const Bytes batches{0xde, 0xad, 0xbe, 0xef};

ReplicaFetchRequest request() {
    return {.node = NodeId{3},
            .broker_epoch = BrokerEpoch{9},
            .max_wait_ms = 500,
            .min_bytes = 1,
            .max_bytes = 1 << 20,
            .partitions = {{.key = key,
                            .leader_epoch = LeaderEpoch{4},
                            .fetch_offset = Offset{1000},
                            .last_fetched_epoch = LeaderEpoch{2},
                            .log_start = Offset{10}}}};
}

ReplicaFetchReply reply() {
    return {{{.key = key,
              .leader_epoch = LeaderEpoch{4},
              .high_watermark = Offset{900},
              .log_start = Offset{5},
              .log_end = Offset{1100},
              .batches = batches},
             {.key = key,
              .leader_epoch = LeaderEpoch{4},
              .diverging = log::EpochEnd{LeaderEpoch{1}, Offset{40}},
              .log_end = Offset{60}}}};
}

TEST(ReplicaFetch, IsWhatItWas) {
    EXPECT_EQ(test::to_hex(encode(request())), test::to_hex(test::golden("replication/fetch_request")));
    EXPECT_EQ(test::to_hex(encode(reply())), test::to_hex(test::golden("replication/fetch_reply")));
}

TEST(ReplicaFetch, ComesBackAsItWent) {
    EXPECT_EQ(decode_fetch_request(encode(request())).value(), request());
    const auto bytes = encode(reply());
    EXPECT_EQ(decode_fetch_reply(bytes).value(), reply());
}

TEST(ReplicaFetch, AnythingCutShortIsRefused) {
    const auto asked = encode(request());
    for (std::size_t size = 0; size < asked.size(); ++size) {
        EXPECT_FALSE(decode_fetch_request(ByteView{asked}.first(size))) << size;
    }
    const auto told = encode(reply());
    for (std::size_t size = 0; size < told.size(); ++size) {
        EXPECT_FALSE(decode_fetch_reply(ByteView{told}.first(size))) << size;
    }
}

TEST(ReplicaFetch, RefusesWhatCantBe) {
    auto bytes = encode(request());
    bytes[0] = 9;
    EXPECT_EQ(decode_fetch_request(bytes).error().code, Errc::unsupported);
    bytes = encode(request());
    store_little(bytes.data() + 26, std::uint32_t{0xffffffff});  // so many partitions
    EXPECT_EQ(decode_fetch_request(bytes).error().code, Errc::corrupt);
    bytes = encode(request());
    bytes.push_back(0);
    EXPECT_FALSE(decode_fetch_request(bytes));
    auto negative = request();
    negative.partitions[0].fetch_offset = Offset{-1};
    EXPECT_FALSE(decode_fetch_request(encode(negative)));
    auto odd = encode(reply());
    odd[6 + 20] = 200;  // no such error
    EXPECT_FALSE(decode_fetch_reply(odd));
}

}  // namespace
}  // namespace weir::replication
