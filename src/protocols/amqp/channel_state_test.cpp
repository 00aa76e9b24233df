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
    const auto taken = state.take(state.unacked.begin(), state.unacked.find(3));
    EXPECT_EQ(taken, (std::vector{message(11).message, message(12).message}));
    EXPECT_TRUE(state.has_room());
    EXPECT_EQ(state.unacked.size(), 1u);
    state.take(state.unacked.begin(), state.unacked.end());
    EXPECT_EQ(state.consumed, 0u);
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
