// Records keep what they had, and keys go where Kafka's clients send them.
#include "broker/message/record.hpp"

#include <gtest/gtest.h>

namespace weir::message {
namespace {

TEST(Record, IsReadBackFromItsBatch) {
    Record record{.timestamp_ms = 1'700'000'000'123, .key = Bytes{1, 0, 2}, .value = Bytes{}, .headers = {}};
    record.headers = {{"a", Bytes{'x'}}, {"a", std::nullopt}, {"", Bytes{}}};
    BatchBuilder batch;
    add(batch, record);
    add(batch, Record{.timestamp_ms = 5, .key = {}, .value = {}, .headers = {}});
    const auto bytes = batch.finish();
    std::vector<Record> read;
    ASSERT_TRUE(for_each_record(bytes, [&](const RecordView& view) -> Result<bool> {
        read.push_back(owned(view));
        return true;
    }));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0], record);
    EXPECT_FALSE(read[1].key || read[1].value);
    EXPECT_EQ(record.content_bytes(), 3u + 2 + 1);
}

// The vectors of Apache Kafka's own test of its hash.
TEST(Record, KeysGoToThePartitionsOfKafkasClients) {
    constexpr std::int32_t most = INT32_MAX;
    const auto expect = [](std::string_view key, std::int32_t hash) {
        EXPECT_EQ(partition_of(as_bytes(key), most), static_cast<std::int32_t>(hash & 0x7fffffff) % most)
            << key;
    };
    expect("21", -973932308);
    expect("foobar", -790332482);
    expect("a-little-bit-long-string", -985981536);
    expect("a-little-bit-longer-string", -1486304829);
    expect("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971);
    expect("abc", 479470107);
}

}  // namespace
}  // namespace weir::message
