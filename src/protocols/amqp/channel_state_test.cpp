// What counts for a channel's shared prefetch, and which messages were kept for too long.
#include "protocols/amqp/channel_state.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

ChannelState::Unacked message(std::uint64_t number, bool is_consumed = true) {
    return {.message = {QueueId{1}, queue::Sequence{number}}, .is_consumed = is_consumed};
}

TEST(ChannelState, WithoutASharedPrefetchThereIsAlwaysRoom) {
    ChannelState state;
    for (std::uint64_t tag = 1; tag < 100; ++tag) state.add(tag, message(tag));
    EXPECT_TRUE(state.has_room());
}

TEST(ChannelState, WhatConsumersGotCountsUntilItIsSettled) {
    ChannelState state;
    state.shared_prefetch = 2;
    state.add(1, message(11));
    state.add(2, message(12, false));
    EXPECT_TRUE(state.has_room()) << "what was asked for one by one does not count";
    state.add(3, message(13));
    EXPECT_FALSE(state.has_room());
    state.remove(state.meant_by(2, true));
    EXPECT_TRUE(state.has_room());
    EXPECT_EQ(state.unacked.size(), 1u);
    state.remove(state.meant_by(3, false));
    EXPECT_EQ(state.consumed, 0u);
}

TEST(ChannelState, ATagMeansOneMessageOrAllUpToIt) {
    ChannelState state;
    for (const std::uint64_t tag : {1, 3, 4}) state.add(tag, message(10 + tag));
    const auto meant = [&](std::uint64_t tag, bool multiple) {
        std::vector<std::uint64_t> numbers;
        for (const auto& [each, one] : state.meant_by(tag, multiple))
            numbers.push_back(one.message.sequence.value - 10);
        return numbers;
    };
    using Tags = std::vector<std::uint64_t>;
    EXPECT_EQ(meant(3, false), Tags{3});
    EXPECT_EQ(meant(2, false), Tags{});
    EXPECT_EQ(meant(9, false), Tags{});
    EXPECT_EQ(meant(3, true), (Tags{1, 3}));
    EXPECT_EQ(meant(2, true), Tags{1});
    EXPECT_EQ(meant(0, true), (Tags{1, 3, 4}));
    EXPECT_EQ(meant(0, false), Tags{});
}

TEST(ChannelState, AMessageIsLateOnceItsTimeHasPassed) {
    ChannelState::Unacked one{.timeout_ms = 100, .since_ms = 1'000};
    EXPECT_FALSE(one.is_late(1'099));
    EXPECT_TRUE(one.is_late(1'100));
    one.timeout_ms = 0;
    EXPECT_FALSE(one.is_late(INT64_MAX)) << "it has no limit";
}

}  // namespace
}  // namespace weir::amqp
