// Records of the metadata log: what is written is read, and nothing else is.
#include "consensus/record_format.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace weir::consensus {
namespace {

const Uuid header_cluster = Uuid::from_random(1, 2);

Bytes records(std::uint32_t chain, int count) {
    Bytes out;
    for (int i = 1; i <= count; ++i) {
        const auto text = fmt::format("command {}", i);
        put_record(out, chain, {.at = {static_cast<LogIndex>(i), 1}, .command = as_bytes(text)});
    }
    return out;
}

std::size_t readable(ByteView bytes, std::uint32_t chain) {
    RecordReader reader{bytes, {}, chain};
    std::size_t count = 0;
    while (reader.next()) ++count;
    return count;
}

TEST(RecordFormat, ReadsWhatWasWritten) {
    const auto bytes = records(7, 3);
    RecordReader reader{bytes, {}, 7};
    for (int i = 1; i <= 3; ++i) {
        const auto record = reader.next();
        ASSERT_TRUE(record);
        EXPECT_EQ(record->at, (LogPosition{static_cast<LogIndex>(i), 1}));
        EXPECT_EQ(as_text(record->command), fmt::format("command {}", i));
    }
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.consumed(), bytes.size());
}

TEST(RecordFormat, StopsAtEachCut) {
    const auto bytes = records(0, 2);
    const auto one = records(0, 1).size();
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_EQ(readable(ByteView{bytes}.first(cut), 0), cut < one ? 0u : 1u);
    }
}

TEST(RecordFormat, SeesEachFlippedBit) {
    auto bytes = records(0, 2);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_LT(readable(bytes, 0), 2u) << "bit " << bit;
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
}

TEST(RecordFormat, RefusesARecordOfAnotherPast) {
    const auto first = records(0, 1).size();
    const auto two = records(0, 2);
    std::uint32_t chain = 0;
    Bytes other;
    put_record(other, chain, {.at = {1, 1}, .command = as_bytes("commanD 1")});
    ASSERT_EQ(other.size(), first);
    other.insert(other.end(), two.begin() + static_cast<std::ptrdiff_t>(first), two.end());
    EXPECT_EQ(readable(other, 0), 1u);
    EXPECT_EQ(readable(two, 1), 0u);
}

TEST(RecordFormat, RefusesGapsAndTermsThatGoBack) {
    const auto pair = [](LogPosition first, LogPosition second) {
        std::uint32_t chain = 0;
        Bytes out;
        put_record(out, chain, {.at = first, .command = {}});
        put_record(out, chain, {.at = second, .command = {}});
        return readable(out, 0);
    };
    EXPECT_EQ(pair({1, 1}, {2, 3}), 2u);
    EXPECT_EQ(pair({1, 1}, {3, 1}), 1u);
    EXPECT_EQ(pair({1, 2}, {2, 1}), 1u);
    EXPECT_EQ(pair({2, 1}, {3, 1}), 0u);
}

TEST(LogHeader, RoundTripsAndSeesDamage) {
    const LogHeader header{.cluster_id = header_cluster, .first = 42, .previous_term = 3};
    auto bytes = encode_log_header(header);
    ASSERT_EQ(bytes.size(), log_header_size);
    const auto back = decode_log_header(bytes, "log");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->cluster_id, header_cluster);
    EXPECT_EQ(back->first, 42u);
    EXPECT_EQ(back->previous_term, 3u);
    for (auto& byte : bytes) {
        byte ^= 0x40;
        const auto damaged = decode_log_header(bytes, "log");
        EXPECT_FALSE(damaged);
        byte ^= 0x40;
    }
    EXPECT_EQ(decode_log_header(ByteView{bytes}.first(47), "log").error().code, Errc::corrupt);
}

}  // namespace
}  // namespace weir::consensus
