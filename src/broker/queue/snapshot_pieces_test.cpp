// Pieces of a snapshot, whole and broken.
#include "broker/queue/snapshot_pieces.hpp"

#include <gtest/gtest.h>

namespace weir::queue {
namespace {

Bytes pattern(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    return bytes;
}

TEST(SnapshotPieces, WhatIsSmallIsItsOwnOnlyPiece) {
    const auto values = snapshot_values(pattern(10), 10);
    ASSERT_EQ(values.size(), 1u);
    EXPECT_EQ(values[0], pattern(10));
    EXPECT_EQ(SnapshotPieces{}.add(values[0]).value(), pattern(10));
}

TEST(SnapshotPieces, AreTheWholeAgainWithTheLastOfThem) {
    const auto values = snapshot_values(pattern(1001), 10);
    ASSERT_EQ(values.size(), 101u);
    SnapshotPieces pieces;
    for (std::size_t n = 0; n + 1 < values.size(); ++n)
        EXPECT_EQ(pieces.add(values[n]).value(), std::nullopt);
    EXPECT_EQ(pieces.add(values.back()).value(), pattern(1001));
    EXPECT_TRUE(pieces.is_empty());
}

TEST(SnapshotPieces, BeginAnewWithAFirstOne) {
    const auto values = snapshot_values(pattern(25), 10);
    SnapshotPieces pieces;
    ASSERT_TRUE(pieces.add(values[0]).has_value());
    for (const auto& value : values) ASSERT_TRUE(pieces.add(value).has_value());
    EXPECT_TRUE(pieces.is_empty());
}

TEST(SnapshotPieces, AreRefusedOutOfTheirOrder) {
    const auto values = snapshot_values(pattern(25), 10);
    SnapshotPieces pieces;
    EXPECT_EQ(pieces.add(values[1]).error().code, Errc::corrupt);
    ASSERT_TRUE(pieces.add(values[0]).has_value());
    EXPECT_EQ(pieces.add(values[2]).error().code, Errc::corrupt);
    EXPECT_EQ(pieces.add(snapshot_values(pattern(50), 10)[1]).error().code, Errc::corrupt) << "of another";
    pieces.drop();
    EXPECT_EQ(pieces.add(values[1]).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace weir::queue
