// Each rule of validate_records, broken once.
#include "broker/message/record_validation.hpp"

#include <gtest/gtest.h>

#include "broker/message/batch_builder.hpp"
#include "support/golden.hpp"

namespace weir::message {
namespace {

struct Outcome {
    std::optional<Errc> code;
    std::vector<RecordFault> faults;
};

Outcome validate(ByteView batch, const RecordRules& rules = {}) {
    Outcome outcome;
    const auto result = validate_records(batch, rules, outcome.faults);
    if (!result) outcome.code = result.error().code;
    return outcome;
}

Bytes batch_of(std::initializer_list<std::optional<std::string_view>> keys, BatchOptions options = {}) {
    BatchBuilder builder(options);
    for (const auto& key : keys) {
        const auto bytes = key ? std::optional(as_bytes(*key)) : std::nullopt;
        builder.add(1000 + builder.record_count(), bytes, as_bytes("value"));
    }
    return builder.finish();
}

TEST(ValidateRecords, AcceptsWhatAnIndependentClientSends) {
    for (const char* name : {"none", "gzip", "snappy_java", "snappy_raw", "lz4", "zstd"}) {
        const auto outcome =
            validate(test::golden(std::string("message/") + name), {.inspect_compressed = true});
        EXPECT_FALSE(outcome.code) << name;
        EXPECT_TRUE(outcome.faults.empty()) << name;
    }
}

TEST(ValidateRecords, ListsRecordsWithoutKeysForCompactedTopics) {
    for (const auto codec : {log::Compression::none, log::Compression::lz4}) {
        const Bytes batch = batch_of({"a", std::nullopt, "", std::nullopt}, {.compression = codec});
        EXPECT_FALSE(validate(batch).code);
        const auto outcome = validate(batch, {.keys_required = true});
        EXPECT_EQ(outcome.code, Errc::invalid_record);
        ASSERT_EQ(outcome.faults.size(), 2u);
        EXPECT_EQ(outcome.faults[0].index, 1);
        EXPECT_EQ(outcome.faults[1].index, 3);
    }
}

TEST(ValidateRecords, BoundsTheListOfFaults) {
    BatchBuilder builder;
    for (int i = 0; i < 1000; ++i) builder.add(0, std::nullopt, std::nullopt);
    EXPECT_EQ(validate(builder.finish(), {.keys_required = true}).faults.size(), max_record_faults);
}

TEST(ValidateRecords, BoundsTimestamps) {
    for (const auto codec : {log::Compression::none, log::Compression::gzip}) {
        Bytes batch = batch_of({"a", "b", "c"}, {.compression = codec});  // 1000, 1001, 1002
        EXPECT_FALSE(validate(batch, {.earliest_timestamp_ms = 1000, .latest_timestamp_ms = 1002}).code);
        EXPECT_EQ(validate(batch, {.latest_timestamp_ms = 1001}).code, Errc::invalid_timestamp);
        const auto early = validate(batch, {.earliest_timestamp_ms = 1001, .inspect_compressed = true});
        EXPECT_EQ(early.code, Errc::invalid_timestamp);
        ASSERT_EQ(early.faults.size(), 1u);
        EXPECT_EQ(early.faults[0].index, 0);
        batch[22] |= 1 << 3;  // log-append time: the greatest is that of all
        const RecordRules rules{.earliest_timestamp_ms = 1002, .inspect_compressed = true};
        EXPECT_FALSE(validate(batch, rules).code);
        EXPECT_EQ(validate(batch, {.latest_timestamp_ms = 1001}).code, Errc::invalid_timestamp);
    }
}

TEST(ValidateRecords, GivesTheGreatestTimestampOfWhatItLookedAt) {
    std::vector<RecordFault> faults;
    for (const auto codec : {log::Compression::none, log::Compression::gzip}) {
        Bytes batch = batch_of({"a", "b", "c"}, {.compression = codec});
        log::set_max_timestamp(batch, 77);
        EXPECT_TRUE(log::validate(batch));
        EXPECT_EQ(validate_records(batch, {.inspect_compressed = true}, faults).value(), 1002);
        const bool is_plain = codec == log::Compression::none;
        EXPECT_EQ(validate_records(batch, {}, faults).value().has_value(), is_plain);
    }
}

struct HeaderCase {
    const char* what;
    void (*spoil)(Bytes& batch);
    Errc code;
};

class BadHeader : public testing::TestWithParam<HeaderCase> {};

TEST_P(BadHeader, IsRefused) {
    Bytes batch = batch_of({"a", "b"});
    GetParam().spoil(batch);
    EXPECT_EQ(validate(batch).code, GetParam().code);
}

const HeaderCase bad_headers[] = {
    {"ControlBatch", [](Bytes& b) { b[22] |= 1 << 5; }, Errc::invalid_record},
    {"NoRecords", [](Bytes& b) { store_big<std::int32_t>(b.data() + 57, 0); }, Errc::invalid_record},
    {"CountAgainstLastOffset", [](Bytes& b) { store_big<std::int32_t>(b.data() + 23, 2); },
     Errc::invalid_record},
    {"ProducerWithoutSequence", [](Bytes& b) { store_big<std::int64_t>(b.data() + 43, 1); },
     Errc::invalid_record},
    {"TransactionWithoutProducer", [](Bytes& b) { b[22] |= 1 << 4; }, Errc::invalid_record},
    {"UnknownCodec", [](Bytes& b) { b[22] |= 6; }, Errc::unsupported_compression},
    {"Short", [](Bytes& b) { b.resize(60); }, Errc::corrupt},
};
INSTANTIATE_TEST_SUITE_P(ValidateRecords, BadHeader, testing::ValuesIn(bad_headers),
                         [](const auto& instance) { return std::string(instance.param.what); });

TEST(ValidateRecords, RefusesOffsetsWithGaps) {
    Bytes batch = batch_of({"a", "b", "c"});
    const std::size_t record_size = (batch.size() - log::batch_header_size) / 3;
    batch.erase(batch.begin() + log::batch_header_size,
                batch.begin() + static_cast<std::ptrdiff_t>(log::batch_header_size + record_size));
    store_big<std::int32_t>(batch.data() + 57, 2);
    store_big<std::int32_t>(batch.data() + 23, 1);
    const auto outcome = validate(batch);
    EXPECT_EQ(outcome.code, Errc::invalid_record);
    ASSERT_EQ(outcome.faults.size(), 1u);
    EXPECT_EQ(outcome.faults[0].index, 0);
}

TEST(ValidateRecords, LooksIntoCompressedBatchesOnlyWhenAsked) {
    Bytes batch = batch_of({"a"}, {.compression = log::Compression::zstd});
    batch.back() ^= 0xff;
    batch[log::batch_header_size] ^= 0xff;
    EXPECT_FALSE(validate(batch).code);
    EXPECT_EQ(validate(batch, {.inspect_compressed = true}).code, Errc::corrupt);
}

}  // namespace
}  // namespace weir::message
