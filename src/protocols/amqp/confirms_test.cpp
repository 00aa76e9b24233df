// Which confirms a client is sent, and how few.
#include "protocols/amqp/confirms.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

// Each with whether all before it are meant, too.
using Acknowledged = std::vector<std::pair<std::uint64_t, bool>>;

Acknowledged take(Confirms& confirms) {
    Acknowledged all;
    confirms.take([&](std::uint64_t number, bool multiple) { all.emplace_back(number, multiple); });
    return all;
}

TEST(Confirms, PublishesAreNumberedFromOneOn) {
    Confirms confirms;
    EXPECT_EQ(confirms.add(), 1u);
    EXPECT_EQ(confirms.add(), 2u);
    confirms.settle(1, true);
    confirms.settle(2, true);
    EXPECT_EQ(confirms.add(), 3u);
    EXPECT_EQ(confirms.waiting(), 1u);
}

TEST(Confirms, OneAcknowledgementIsForAllBeforeTheFirstThatWaits) {
    Confirms confirms;
    for (int i = 0; i < 5; ++i) confirms.add();
    for (const std::uint64_t number : {2, 1, 3, 5}) confirms.settle(number, true);
    EXPECT_EQ(take(confirms), (Acknowledged{{3, true}, {5, false}}));
    confirms.settle(4, true);
    EXPECT_EQ(take(confirms), (Acknowledged{{4, false}})) << "the client knows of 5 already";
    EXPECT_EQ(take(confirms), Acknowledged{});
}

TEST(Confirms, WhatWasRefusedIsNotAcknowledged) {
    Confirms confirms;
    for (int i = 0; i < 3; ++i) confirms.add();
    confirms.settle(1, false);
    confirms.settle(2, true);
    confirms.settle(2, true);
    EXPECT_EQ(take(confirms), (Acknowledged{{2, false}}));
    EXPECT_EQ(confirms.waiting(), 1u);
}

}  // namespace
}  // namespace weir::amqp
