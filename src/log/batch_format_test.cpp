// The batch validator and the patches.
#include "log/batch_format.hpp"

#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "support/batch_builder.hpp"

namespace weir::log {
namespace {

void seal(Bytes& batch) {
    store_big(batch.data() + 17, crc32c(ByteView{batch}.subspan(21)));
}

TEST(BatchFormat, TakesAWholeBatchAndNothingElse) {
    auto batch = test::make_batch({.records = 3, .bytes = 50});
    EXPECT_TRUE(validate(batch));
    EXPECT_EQ(validate(ByteView{batch}.first(60)).error().code, Errc::corrupt);
    EXPECT_EQ(validate(ByteView{batch}.first(100)).error().code, Errc::corrupt);
    for (std::size_t bit = 21 * 8; bit < batch.size() * 8; bit += 7) {
        batch[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        EXPECT_FALSE(validate(batch)) << bit;
        batch[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    }
}

TEST(BatchFormat, RefusesOldFormatsAndWrongCounts) {
    auto batch = test::make_batch({.records = 3});
    batch[16] = 1;
    EXPECT_EQ(validate(batch).error().code, Errc::invalid_record);
    EXPECT_EQ(validate(ByteView{batch}.first(40)).error().code, Errc::invalid_record)
        << "a short message set";
    batch = test::make_batch({.records = 3});
    store_big(batch.data() + 57, std::int32_t{4});
    seal(batch);
    EXPECT_EQ(validate(batch).error().code, Errc::invalid_record);
    batch = test::make_batch({.records = 0});
    EXPECT_EQ(validate(batch).error().code, Errc::invalid_record);
    batch = test::make_batch({});
    batch[22] = 5;
    seal(batch);
    EXPECT_EQ(validate(batch).error().code, Errc::unsupported_compression);
}

TEST(BatchFormat, OffsetAndEpochLieOutsideTheChecksum) {
    auto batch = test::make_batch({.records = 3});
    set_base_offset(batch, Offset{77});
    set_leader_epoch(batch, LeaderEpoch{5});
    EXPECT_TRUE(validate(batch));
    EXPECT_EQ(BatchView{batch.data()}.next_offset(), Offset{80});
    set_log_append_time(batch, 1234);
    EXPECT_TRUE(validate(batch));
    EXPECT_EQ(BatchView{batch.data()}.timestamp_type(), TimestampType::log_append_time);
    EXPECT_EQ(BatchView{batch.data()}.max_timestamp(), 1234);
}

}  // namespace
}  // namespace weir::log
