// Reading batches, those of an independent client in every codec among them (tests/golden/message).
#include "broker/message/record_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "base/varint.hpp"
#include "broker/message/batch_builder.hpp"
#include "broker/message/record_search.hpp"
#include "support/golden.hpp"

namespace weir::message {
namespace {

struct Read {
    std::vector<RecordView> records;
    std::optional<Error> error;
};

Read read_all(RecordReader& reader) {
    Read result;
    RecordView record;
    for (;;) {
        const auto more = reader.next(record);
        if (!more) result.error = more.error();
        if (!more || !*more) return result;
        result.records.push_back(record);
    }
}

std::string text(std::optional<ByteView> field) {
    return field ? std::string(as_text(*field)) : "(none)";
}

class GoldenBatch : public testing::TestWithParam<const char*> {
  protected:
    Bytes batch_ = test::golden(std::string("message/") + GetParam());
};

TEST_P(GoldenBatch, HasTheChecksumThatWeirComputes) {
    EXPECT_EQ(crc32c(ByteView{batch_}.subspan(21)), log::BatchView(batch_.data()).checksum());
}

TEST_P(GoldenBatch, ReadsAsItWasWritten) {
    auto reader = RecordReader::open(batch_);
    ASSERT_TRUE(reader) << reader.error().message;
    const auto [records, error] = read_all(*reader);
    ASSERT_FALSE(error) << error->message;
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(text(records[0].key), "first");
    EXPECT_EQ(records[0].value->size(), 2000u);
    EXPECT_EQ(records[0].timestamp_ms, 1700000000000);
    EXPECT_EQ(text(records[1].key), "(none)");
    EXPECT_EQ(text(records[2].value), "(none)");
    EXPECT_EQ(text(records[3].key), "");
    EXPECT_EQ(text(records[3].value), "");
    EXPECT_EQ(records[3].timestamp_ms, 1700000001000);
    EXPECT_EQ(text(records[4].key), "schlüssel");
    EXPECT_EQ(records[4].offset.value, 4);
}

TEST_P(GoldenBatch, KeepsHeadersInOrderWithTheirDuplicates) {
    auto reader = RecordReader::open(batch_);
    ASSERT_TRUE(reader);
    const auto records = read_all(*reader).records;
    ASSERT_EQ(records.size(), 5u);
    const auto headers = records[1].headers();
    ASSERT_EQ(headers.size(), 3u);
    EXPECT_EQ(headers[0].key, "trace");
    EXPECT_EQ(headers[0].value->size(), 2u);
    EXPECT_EQ(headers[1].key, "trace");
    EXPECT_EQ(text(headers[1].value), "again");
    EXPECT_EQ(text(headers[2].value), "");
    EXPECT_EQ(text(records[3].headers().at(0).value), "(none)");
    EXPECT_TRUE(records[0].headers().empty());
}

TEST_P(GoldenBatch, IsSearchedByTime) {
    log::set_base_offset(batch_, Offset{1000});
    log::set_leader_epoch(batch_, LeaderEpoch{7});
    const auto first = find_first_at_or_after(batch_, 1700000000501);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->offset, Offset{1002});
    EXPECT_EQ((*first)->timestamp_ms, 1700000002000);
    EXPECT_EQ((*first)->epoch, LeaderEpoch{7});
    const auto none = find_first_at_or_after(batch_, 1700000002001);
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    const auto greatest = find_greatest_timestamp(batch_);
    ASSERT_TRUE(greatest && *greatest);
    EXPECT_EQ((*greatest)->offset, Offset{1002});  // the first of equals
}

TEST_P(GoldenBatch, IsRefusedAboveTheLimit) {
    if (log::BatchView(batch_.data()).compression() == log::Compression::none)
        GTEST_SKIP() << "nothing to unpack";
    const auto reader = RecordReader::open(batch_, 2000);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, Errc::batch_too_large);
}

TEST_P(GoldenBatch, IsRefusedWhenCutShort) {
    for (std::size_t size = 0; size + 1 < batch_.size(); size += 7) {
        auto reader = RecordReader::open(ByteView{batch_}.first(size));
        if (!reader) continue;
        EXPECT_TRUE(read_all(*reader).error) << "cut to " << size;
    }
}

INSTANTIATE_TEST_SUITE_P(Codecs, GoldenBatch,
                         testing::Values("none", "gzip", "snappy_java", "snappy_raw", "lz4", "zstd"),
                         [](const auto& instance) { return std::string(instance.param); });

Bytes batch_of(std::int32_t count, BatchOptions options = {}) {
    BatchBuilder builder(options);
    for (std::int32_t i = 0; i < count; ++i) {
        const std::string key = fmt::format("key-{}", i);
        const HeaderView header{"n", as_bytes("v")};
        builder.add(1000 + i, as_bytes(key), as_bytes("value"), std::span{&header, 1});
    }
    return builder.finish();
}

class Codec : public testing::TestWithParam<log::Compression> {};

TEST_P(Codec, BuiltBatchesReadBack) {
    const Bytes batch = batch_of(5000, {.compression = GetParam()});
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    const auto [records, error] = read_all(*reader);
    ASSERT_FALSE(error) << error->message;
    ASSERT_EQ(records.size(), 5000u);
    EXPECT_EQ(text(records[4999].key), "key-4999");
    EXPECT_EQ(records[4999].timestamp_ms, 5999);
    EXPECT_EQ(records[4999].headers().at(0).key, "n");
}

TEST_P(Codec, ABombIsRefusedAtTheLimit) {
    if (GetParam() == log::Compression::none) GTEST_SKIP() << "nothing to unpack";
    const Bytes zeros(64 << 20);
    const Bytes bomb = compress(GetParam(), zeros);
    EXPECT_LT(bomb.size(), zeros.size() / 15);
    const auto refused = decompress(GetParam(), bomb, 1 << 20);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::batch_too_large);
    EXPECT_EQ(decompress(GetParam(), bomb, zeros.size()).value().size(), zeros.size());
}

TEST_P(Codec, AnExactLimitIsEnough) {
    const Bytes plain(10'000, 'x');
    const Bytes packed = compress(GetParam(), plain);
    EXPECT_EQ(decompress(GetParam(), packed, plain.size()).value(), plain);
    EXPECT_EQ(decompress(GetParam(), packed, plain.size() - 1).error().code, Errc::batch_too_large);
}

INSTANTIATE_TEST_SUITE_P(Codecs, Codec,
                         testing::Values(log::Compression::none, log::Compression::gzip,
                                         log::Compression::snappy, log::Compression::lz4,
                                         log::Compression::zstd));

TEST(Decompress, RefusesAnUnknownCodec) {
    EXPECT_EQ(decompress(static_cast<log::Compression>(5), {}, 100).error().code,
              Errc::unsupported_compression);
}

TEST(Decompress, ReadsGzipMembersAndLz4FramesThatFollowEachOther) {
    const Bytes plain(100, 'a');
    for (const auto codec :
         {log::Compression::gzip, log::Compression::lz4, log::Compression::zstd, log::Compression::snappy}) {
        Bytes twice = compress(codec, plain);
        const Bytes once = twice;
        twice.insert(twice.end(), once.begin(), once.end());
        const auto both = decompress(codec, twice);
        ASSERT_TRUE(both) << static_cast<int>(codec);
        EXPECT_EQ(*both, Bytes(200, 'a')) << static_cast<int>(codec);
    }
}

TEST(RecordReader, GivesLogAppendTimeToEveryRecord) {
    Bytes batch = batch_of(3);
    batch[22] |= 1 << 3;
    store_big<std::int64_t>(batch.data() + 35, 99'000);
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    for (const auto& record : read_all(*reader).records) EXPECT_EQ(record.timestamp_ms, 99'000);
}

TEST(RecordSearch, RefusesWhatIsShorterThanAHeader) {
    const Bytes nothing;
    EXPECT_FALSE(find_first_at_or_after(nothing, 0, 1000));
    EXPECT_FALSE(find_greatest_timestamp(nothing, 1000));
}

TEST(RecordReader, WrapsAroundAtAnAbsurdBaseOffset) {
    Bytes batch = batch_of(3);
    store_big(batch.data(), INT64_MAX);
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    const auto records = read_all(*reader).records;
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].offset.value, INT64_MAX);
    EXPECT_EQ(records[1].offset.value, INT64_MIN);
}

TEST(RecordReader, ReadsABatchThatCompactionEmptied) {
    Bytes batch = batch_of(3);
    batch.resize(log::batch_header_size);
    store_big<std::int32_t>(batch.data() + 57, 0);
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    const auto [records, error] = read_all(*reader);
    EXPECT_TRUE(records.empty());
    EXPECT_FALSE(error);
}

TEST(RecordReader, RefusesCountsThatDoNotMatch) {
    for (const std::int32_t count : {-1, 2, 4, INT32_MAX}) {
        Bytes batch = batch_of(3);
        store_big(batch.data() + 57, count);
        auto reader = RecordReader::open(batch);
        const auto error = reader ? read_all(*reader).error : reader.error();
        ASSERT_TRUE(error) << count;
        EXPECT_EQ(error->code, Errc::invalid_record) << count;
    }
}

// A batch of one record whose body is `body`.
Bytes with_body(const Bytes& body) {
    Bytes batch = batch_of(1);
    batch.resize(log::batch_header_size);
    put_varint(batch, static_cast<std::int64_t>(body.size()));
    batch.insert(batch.end(), body.begin(), body.end());
    return batch;
}

TEST(RecordReader, RefusesRecordsThatDoNotHoldTogether) {
    // attributes, timestamp, offset, key length, value length, header count: 1 in zig-zag is -1, 2 is 1
    const Bytes good{0, 0, 0, 1, 1, 0};
    auto reader = RecordReader::open(with_body(good));
    ASSERT_TRUE(reader);
    const struct {
        const char* what;
        Bytes body;
    } cases[] = {
        {"empty", {}},
        {"cut before the offset", {0, 0}},
        {"negative offset", {0, 0, 1, 1, 1, 0}},
        {"offset beyond the last", {0, 0, 2, 1, 1, 0}},
        {"key of length -2", {0, 0, 0, 3, 1, 0}},
        {"key longer than the record", {0, 0, 0, 20, 1, 0}},
        {"no header count", {0, 0, 0, 1, 1}},
        {"negative header count", {0, 0, 0, 1, 1, 1}},
        {"more headers than bytes", {0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f}},
        {"header without a key", {0, 0, 0, 1, 1, 2, 1, 0}},
        {"bytes left over", {0, 0, 0, 1, 1, 0, 0}},
    };
    for (const auto& one : cases) {
        const Bytes batch = with_body(one.body);
        auto broken = RecordReader::open(batch);
        ASSERT_TRUE(broken);
        const auto error = read_all(*broken).error;
        ASSERT_TRUE(error) << one.what;
        EXPECT_EQ(error->code, Errc::invalid_record) << one.what;
    }
}

TEST(BatchBuilder, WritesTheSameBytesAsAnIndependentClient) {
    const Bytes golden = test::golden("message/none");
    auto reader = RecordReader::open(golden);
    ASSERT_TRUE(reader);
    BatchBuilder builder;
    for (const auto& record : read_all(*reader).records) {
        builder.add(record.timestamp_ms, record.key, record.value, record.headers());
    }
    Bytes built = builder.finish();
    log::set_leader_epoch(built, log::BatchView(golden.data()).leader_epoch());  // outside the checksum
    EXPECT_EQ(test::to_hex(built), test::to_hex(golden));
}

TEST(BatchBuilder, KeepsAbsurdTimestamps) {
    BatchBuilder builder;
    for (const std::int64_t at : {INT64_MAX, INT64_MIN, std::int64_t{-1}}) builder.add(at, {}, as_bytes("a"));
    const Bytes batch = builder.finish();
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    const auto records = read_all(*reader).records;
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].timestamp_ms, INT64_MAX);
    EXPECT_EQ(records[1].timestamp_ms, INT64_MIN);
    EXPECT_EQ(records[2].timestamp_ms, -1);
}

TEST(BatchBuilder, CanBeUsedAgain) {
    BatchBuilder builder(
        {.producer_id = ProducerId{9}, .producer_epoch = ProducerEpoch{2}, .base_sequence = 5});
    builder.add(10, std::nullopt, as_bytes("a"));
    const Bytes first = builder.finish();
    builder.add(10, std::nullopt, as_bytes("a"));
    EXPECT_EQ(builder.finish(), first);
    const log::BatchView view(first.data());
    EXPECT_EQ(view.producer_id(), ProducerId{9});
    EXPECT_EQ(view.producer_epoch(), ProducerEpoch{2});
    EXPECT_EQ(view.base_sequence(), 5);
    EXPECT_EQ(view.size(), first.size());
    EXPECT_EQ(view.magic(), log::batch_magic);
}

}  // namespace
}  // namespace weir::message
