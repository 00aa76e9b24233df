// Partitions by number, and what copies of the table share.
#include "metadata/partition_table.hpp"

#include <gtest/gtest.h>

namespace weir::metadata {
namespace {

std::vector<Partition> led_by(int first, int count) {
    std::vector<Partition> out(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) out[static_cast<std::size_t>(i)].leader = NodeId{first + i};
    return out;
}

std::vector<int> not_shared(const PartitionTable& after, const PartitionTable& before) {
    std::vector<int> out;
    after.for_each_not_shared(before, [&](PartitionId number) { out.push_back(number.value); });
    return out;
}

TEST(PartitionTable, GrowsPastItsChunks) {
    PartitionTable table{led_by(0, 63)};
    table.append(led_by(63, 1));
    table.append(led_by(64, 100));
    table.append({});
    ASSERT_EQ(table.size(), 164u);
    int expected = 0;
    for (const auto& partition : table) EXPECT_EQ(partition.leader, NodeId{expected++});
    EXPECT_EQ(expected, 164);
    EXPECT_EQ(table.front().leader, NodeId{0});
    EXPECT_TRUE(PartitionTable{}.empty());
}

TEST(PartitionTable, ChangesWithoutTouchingCopies) {
    const PartitionTable before{led_by(0, 200)};
    auto after = before;
    EXPECT_TRUE(not_shared(after, before).empty());
    after.change({{PartitionId{5}, {.leader = NodeId{1000}}},
                  {PartitionId{6}, {.leader = NodeId{1001}}},
                  {PartitionId{199}, {.leader = NodeId{1002}}}});
    EXPECT_EQ(before[5].leader, NodeId{5});
    EXPECT_EQ(after[5].leader, NodeId{1000});
    EXPECT_EQ(after[6].leader, NodeId{1001});
    EXPECT_EQ(after[7].leader, NodeId{7});
    EXPECT_EQ(after[199].leader, NodeId{1002});
    EXPECT_EQ(not_shared(after, before).size(), 64u + 8u);
    EXPECT_EQ(not_shared(after, before).front(), 0);
    EXPECT_EQ(not_shared(after, {}).size(), 200u);
}

TEST(PartitionTable, LeavesCopiesAloneWhenItGrows) {
    const PartitionTable before{led_by(0, 10)};
    auto after = before;
    after.append(led_by(10, 1));
    EXPECT_EQ(before.size(), 10u);
    EXPECT_EQ(after[10].leader, NodeId{10});
    EXPECT_EQ(not_shared(after, before).size(), 11u);
}

}  // namespace
}  // namespace weir::metadata
