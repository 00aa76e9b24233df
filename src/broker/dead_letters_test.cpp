// Where dead letters go, and the histories that they get.
#include "broker/dead_letters.hpp"

#include <gtest/gtest.h>

#include "support/topology_builder.hpp"

namespace weir::broker {
namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;

class BuryTest : public ::testing::Test {
  protected:
    BuryTest() {
        topology_.exchange("dlx", topology::ExchangeKind::direct);
        for (const auto* name : {"work", "dead", "retry"}) topology_.queue(name);
        topology_.bind("dlx", "dead", "dead");
        topology_.bind("dlx", "retry", "orders");
        topology_.bind("dlx", "work", "cycle");
    }
    // Dies in the queue, which has this target.
    Burial die(const DeadLetterTarget& target, queue::Reason reason, std::string_view queue = "work") {
        const auto table = routing::RoutingTable{*topology_.now.host("/")};
        queue::DeadMessage dead{.queue = log_name({.host = "/", .name = std::string{queue}}),
                                .target = encode(target),
                                .message = message_};
        dead.letter.reason = reason;
        MessageFacts facts{.more_keys = more_keys_, .ttl_ms = 500, .priority = 3};
        return bury(dead, facts, &table, now_ms, 0);
    }
    // What a burial makes of the message.
    void follow(const Burial& burial) {
        const auto& request = burial.request;
        auto referral = std::make_shared<queue::ReferRecord>();
        referral->history = request.history;
        referral->exchange = request.exchange;
        referral->key = request.key;
        message_.referral = referral;
        message_.exchange = referral->exchange;
        if (referral->key) message_.key = *referral->key;
    }
    QueueId id(const std::string& name) const { return topology_.id(name); }
    using Ids = std::vector<QueueId>;

    test::TopologyBuilder topology_;
    queue::StoredMessage message_{.exchange = "ex", .key = "orders"};
    std::vector<std::string> more_keys_;
};

TEST_F(BuryTest, AnExchangeGetsItWithAKeyOfItsOwn) {
    more_keys_ = {"more"};
    const auto burial = die({"dlx", "dead"}, queue::Reason::rejected);
    EXPECT_EQ(burial.targets, Ids{id("dead")});
    EXPECT_EQ(burial.request.exchange, "dlx");
    EXPECT_EQ(burial.request.key, "dead");
    EXPECT_EQ(burial.request.priority, 3);
    const queue::History history{{.queue = "work",
                                  .reason = queue::Reason::rejected,
                                  .first_time_ms = now_ms,
                                  .exchange = "ex",
                                  .keys = {"orders", "more"},
                                  .original_ttl_ms = 500}};
    EXPECT_EQ(burial.request.history, history);
}

TEST_F(BuryTest, WithoutOneItKeepsItsKeys) {
    more_keys_ = {"dead"};
    const auto burial = die({"dlx", std::nullopt}, queue::Reason::expired);
    EXPECT_EQ(burial.targets, (Ids{id("dead"), id("retry")}));
    EXPECT_EQ(burial.request.key, std::nullopt);
}

TEST_F(BuryTest, AKeyThatItGotOnceStaysForTheNextDeath) {
    more_keys_ = {"cycle"};
    follow(die({"dlx", "dead"}, queue::Reason::rejected));
    const auto burial = die({"", std::nullopt}, queue::Reason::rejected, "dead");
    EXPECT_EQ(burial.request.key, "dead");
    EXPECT_EQ(burial.request.history.front().exchange, "dlx");
    EXPECT_EQ(burial.request.history.front().keys, std::vector<std::string>{"dead"});
    EXPECT_EQ(burial.request.history.front().original_ttl_ms, -1) << "it has none since its first death";
    EXPECT_EQ(burial.request.history.size(), 2u);
}

TEST_F(BuryTest, WhatDiesByItselfDoesNotComeBackToWhereItDied) {
    const auto first = die({"dlx", "cycle"}, queue::Reason::expired);
    EXPECT_EQ(first.targets, Ids{}) << "from work to work";
    const auto rejected = die({"dlx", "cycle"}, queue::Reason::rejected);
    EXPECT_EQ(rejected.targets, Ids{id("work")});
    follow(rejected);
    EXPECT_EQ(die({"dlx", "cycle"}, queue::Reason::expired, "retry").targets, Ids{id("work")})
        << "it was rejected on the way";
    follow(first);
    EXPECT_EQ(die({"dlx", "cycle"}, queue::Reason::expired, "retry").targets, Ids{});
}

TEST_F(BuryTest, WithoutAnExchangeOrAHostItIsDropped) {
    EXPECT_EQ(die({"none", std::nullopt}, queue::Reason::max_length).targets, Ids{});
    queue::DeadMessage dead{.queue = "gone", .message = message_};
    EXPECT_EQ(bury(dead, {}, nullptr, now_ms, 0).targets, Ids{});
}

TEST_F(BuryTest, TheDefaultExchangeFindsAQueueByTheKey) {
    EXPECT_EQ(die({"", "dead"}, queue::Reason::delivery_limit).targets, Ids{id("dead")});
}

TEST_F(BuryTest, TopicsAreFoundThatTheExchangeIsBoundTo) {
    auto binding = topology_.binding("dlx", "log", "orders");
    binding.kind = topology::DestinationKind::topic;
    ASSERT_EQ(topology_.bind(binding), "good");
    const auto burial = die({"dlx", std::nullopt}, queue::Reason::expired);
    EXPECT_EQ(burial.targets, Ids{id("retry")});
    EXPECT_EQ(burial.topics, std::vector<std::string>{"log"});
    const auto anew = exhumed(message_, burial.request);
    EXPECT_EQ(anew.exchange, "dlx");
    EXPECT_EQ(anew.key, "orders");
    EXPECT_EQ(anew.referral->history, burial.request.history);
}

TEST_F(BuryTest, ADelayedMessageIsRoutedFromWhereItWasKept) {
    topology_.exchange({.name = "delays", .kind = topology::ExchangeKind::direct, .is_delayed = true});
    topology_.exchange("first", topology::ExchangeKind::fan_out);
    EXPECT_EQ(topology_.bind(topology_.between("first", "delays")), "good");
    for (const auto* exchange : {"delays", "first"}) {
        auto binding = topology_.binding(exchange, std::string{"of-"} + exchange, "orders");
        binding.kind = topology::DestinationKind::topic;
        ASSERT_EQ(topology_.bind(binding), "good");
    }
    message_.exchange = "first";
    const auto table = routing::RoutingTable{*topology_.now.host("/")};
    EXPECT_EQ(delayed_topics(table, message_, {}), std::vector<std::string>{"of-delays"})
        << "what is not delayed has had it";
}

TEST(RelayedExchanges, AreOfTheirVirtualHosts) {
    for (const auto* host : {"/", "a", "rabbit/hole"}) {
        const auto name = relayed_exchange(host, "delays");
        const auto split = split_relayed_exchange(name);
        EXPECT_EQ(split.host, host);
        EXPECT_EQ(split.name, "delays");
    }
    EXPECT_EQ(relayed_exchange("/", "delays"), "delays") << "as earlier versions have left them";
}

TEST(DeadLetterTargets, ComeBackAsWritten) {
    for (const DeadLetterTarget& target :
         {DeadLetterTarget{"e", "k"}, DeadLetterTarget{"e", ""}, DeadLetterTarget{"", std::nullopt}})
        EXPECT_EQ(decode_dead_letter_target(encode(target)), target);
}

}  // namespace
}  // namespace weir::broker
