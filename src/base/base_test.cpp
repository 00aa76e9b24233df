// The small things of base: checksums, varints, identifiers, results.
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "base/varint.hpp"

namespace weir {
namespace {

TEST(Crc32c, EqualsThePublishedVectors) {  // RFC 3720 appendix B.4
    EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8a9136aau);
    EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43u);
    Bytes ascending(32);
    std::iota(ascending.begin(), ascending.end(), std::uint8_t{0});
    EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);
}

TEST(Crc32c, GoesOnFromASeed) {
    const auto whole = as_bytes("123456789");
    EXPECT_EQ(crc32c(whole.subspan(4), crc32c(whole.first(4))), crc32c(whole));
    EXPECT_EQ(crc32c({}, 77), 77u);
}

TEST(Varint, RoundTripsAtTheEdges) {
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
                                     std::int64_t{64}, INT64_MAX, INT64_MIN}) {
        Bytes out;
        put_varint(out, value);
        ByteView in = out;
        EXPECT_EQ(take_varint(in), value);
        EXPECT_TRUE(in.empty());
        for (std::size_t cut = 0; cut < out.size(); ++cut) {
            ByteView part = ByteView{out}.first(cut);
            EXPECT_EQ(take_varint(part), std::nullopt);
        }
    }
}

TEST(Varint, IsWrittenAsItIsPutAndAsLongAsItsSize) {
    std::array<std::uint8_t, max_varint_bytes> room{};
    for (int bit = 0; bit <= 64; ++bit) {
        for (const std::uint64_t around : {0, 1, 2}) {
            const auto value = (bit == 64 ? 0 : std::uint64_t{1} << bit) + around - 1;
            Bytes put, put_signed;
            put_uvarint(put, value);
            EXPECT_EQ(Bytes(room.data(), write_uvarint(room.data(), value)), put) << value;
            EXPECT_EQ(uvarint_size(value), put.size()) << value;
            const auto as_signed = static_cast<std::int64_t>(value);
            put_varint(put_signed, as_signed);
            EXPECT_EQ(Bytes(room.data(), write_varint(room.data(), as_signed)), put_signed) << as_signed;
            EXPECT_EQ(varint_size(as_signed), put_signed.size()) << as_signed;
        }
    }
}

TEST(Varint, RefusesMoreThan64Bits) {
    Bytes eleven(11, 0x80);
    ByteView in = eleven;
    EXPECT_EQ(take_uvarint(in), std::nullopt);
    Bytes overflow(9, 0xff);
    overflow.push_back(0x02);
    in = overflow;
    EXPECT_EQ(take_uvarint(in), std::nullopt);
}

TEST(Bytes, StoresInBothOrders) {
    std::uint8_t at[8];
    store_big<std::int32_t>(at, 0x01020304);
    EXPECT_EQ(at[0], 1);
    EXPECT_EQ(load_big<std::int32_t>(at), 0x01020304);
    EXPECT_EQ(load_little<std::int32_t>(at), 0x04030201);
    store_big<std::int64_t>(at, -2);
    EXPECT_EQ(load_big<std::int64_t>(at), -2);
}

TEST(Uuid, TextRoundTripsAndIsUnique) {
    const auto id = Uuid::from_random(0xfbffffffffffffffu, 0x0123456789abcdefu);
    EXPECT_EQ(id.text().size(), 22u);
    EXPECT_NE(id.text()[0], '-');
    EXPECT_EQ(Uuid::parse(id.text()), id);
    EXPECT_EQ(Uuid{}.text(), "AAAAAAAAAAAAAAAAAAAAAA");
    EXPECT_EQ(Uuid::parse("AAAAAAAAAAAAAAAAAAAAAB"), std::nullopt);  // stray low bits
    EXPECT_EQ(Uuid::parse("short"), std::nullopt);
    EXPECT_EQ(Uuid::parse("AAAAAAAAAAAAAAAAAAAAA!"), std::nullopt);
}

TEST(Result, CarriesAValueOrAnError) {
    const Result<int> good = 3;
    const Result<int> bad = Error{Errc::no_space, "the disk is full"};
    EXPECT_EQ(good.value(), 3);
    EXPECT_EQ(bad.error().code, Errc::no_space);
    EXPECT_THROW((void)bad.value(), std::logic_error);
    EXPECT_EQ(name(Errc::offset_out_of_range), "offset_out_of_range");
}

TEST(Offset, CountsRecords) {
    EXPECT_EQ((Offset{5} + 3).value, 8);
    EXPECT_EQ(Offset{8} - Offset{5}, 3);
    EXPECT_LT(Offset{5}, Offset{8});
}

}  // namespace
}  // namespace weir
