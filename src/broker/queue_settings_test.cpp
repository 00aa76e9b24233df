// What arguments and policies together make of a queue.
#include "broker/queue_settings.hpp"

#include <gtest/gtest.h>

#include "broker/dead_letters.hpp"
#include "support/topology_builder.hpp"

namespace weir::broker {
namespace {

class QueueSettingsTest : public ::testing::Test {
  protected:
    void set(const std::string& name, bool is_operator, topology::Table definition) {
        topology_.must(topology::SetPolicy{{.host = "/",
                                            .name = name,
                                            .is_operator = is_operator,
                                            .pattern = "^q$",
                                            .definition = std::move(definition)}});
    }
    queue::QueueConfig config(topology::Table arguments = {}) {
        return queue_config(*topology_.now.host("/"),
                            {.host = "/", .name = "q", .arguments = std::move(arguments)});
    }
    test::TopologyBuilder topology_;
};

TEST_F(QueueSettingsTest, WithoutAnyAQueueIsPlain) {
    EXPECT_EQ(config(), queue::QueueConfig{});
}

TEST_F(QueueSettingsTest, ArgumentsAreRead) {
    const auto read = config({{"x-message-ttl", 60'000},
                              {"x-expires", 1000},
                              {"x-max-length", 5},
                              {"x-max-length-bytes", 70'000},
                              {"x-max-priority", 9},
                              {"x-single-active-consumer", true},
                              {"x-overflow", "reject-publish-dlx"},
                              {"x-dead-letter-exchange", "dlx"},
                              {"x-dead-letter-routing-key", "dead"},
                              {"x-delivery-limit", 3}});
    const queue::QueueConfig wanted{.message_ttl_ms = 60'000,
                                    .expires_ms = 1000,
                                    .max_length = 5,
                                    .max_bytes = 70'000,
                                    .overflow = queue::Overflow::reject_and_dead_letter,
                                    .delivery_limit = 3,
                                    .max_priority = 9,
                                    .single_active_consumer = true,
                                    .dead_letter_target = encode(DeadLetterTarget{"dlx", "dead"})};
    EXPECT_EQ(read, wanted);
}

TEST_F(QueueSettingsTest, TheStricterBoundCountsAndElseTheArgument) {
    set("user", false,
        {{"max-length", 10}, {"message-ttl", 100}, {"dead-letter-exchange", "policy"}, {"max-priority", 5}});
    set("operator", true, {{"max-length", 7}, {"expires", 50}});
    const auto read = config({{"x-max-length", 8}, {"x-message-ttl", 60}});
    EXPECT_EQ(read.max_length, 7);
    EXPECT_EQ(read.message_ttl_ms, 60);
    EXPECT_EQ(read.expires_ms, 50);
    EXPECT_EQ(read.dead_letter_target, encode({"policy", std::nullopt}));
    EXPECT_EQ(read.max_priority, 0) << "no policy's business";
    EXPECT_EQ(config({{"x-dead-letter-exchange", "own"}}).dead_letter_target, encode({"own", std::nullopt}));
    EXPECT_EQ(config({{"x-dead-letter-routing-key", "own"}}).dead_letter_target,
              encode(DeadLetterTarget{"policy", "own"}));
}

TEST_F(QueueSettingsTest, AQuorumQueueCountsDeliveries) {
    const auto limit = [&](topology::Table arguments) {
        arguments.emplace("x-queue-type", "quorum");
        const auto read = config(std::move(arguments));
        EXPECT_TRUE(read.counts_deliveries);
        return read.delivery_limit;
    };
    EXPECT_EQ(limit({}), default_delivery_limit);
    EXPECT_EQ(limit({{"x-delivery-limit", 5}}), 5);
    EXPECT_EQ(limit({{"x-delivery-limit", -1}}), -1);
    set("user", false, {{"delivery-limit", 3}});
    EXPECT_EQ(limit({}), 3);
    EXPECT_EQ(limit({{"x-delivery-limit", 5}}), 3);
    EXPECT_EQ(limit({{"x-delivery-limit", -1}}), 3);
}

TEST_F(QueueSettingsTest, WeirsOwnAreRead) {
    const auto read = config({{"x-delayed-retry-min", 100},
                              {"x-delayed-retry-max", 1'000},
                              {"x-deduplication-window", 60'000},
                              {"x-key-ordered", true},
                              {"x-retention", 5'000},
                              {"x-retention-bytes", 0}});
    const queue::QueueConfig wanted{.retry_delay_ms = 100,
                                    .max_retry_delay_ms = 1'000,
                                    .key_ordered = true,
                                    .dedup_window_ms = 60'000,
                                    .retention_ms = 5'000,
                                    .retention_bytes = 0};
    EXPECT_EQ(read, wanted);
}

TEST_F(QueueSettingsTest, ConsumersHaveSoLong) {
    const auto timeout = [&](topology::Table arguments) {
        return consumer_timeout_ms(*topology_.now.host("/"),
                                   {.host = "/", .name = "q", .arguments = std::move(arguments)});
    };
    EXPECT_EQ(timeout({}), std::nullopt);
    set("user", false, {{"consumer-timeout", 5'000}});
    EXPECT_EQ(timeout({}), 5'000);
    EXPECT_EQ(timeout({{"x-consumer-timeout", 7'000}}), 7'000);
}

TEST_F(QueueSettingsTest, WhatCantBeIsPassedOver) {
    set("user", false, {{"expires", 0}, {"dead-letter-routing-key", "alone"}});
    EXPECT_EQ(config(), queue::QueueConfig{});
}

// Nothing may drop what is the topic's, whoever sets a policy.
TEST_F(QueueSettingsTest, ASubscriptionHasNoLimitsOfItsOwn) {
    set("p", false, {{"max-length", 5}, {"dead-letter-exchange", "dlx"}, {"message-ttl", 60'000}});
    const auto topic = Uuid::from_random(1, 2);
    const topology::Value id{topic.text()};
    const auto read = config({{std::string{source_topic_argument}, id}, {"x-key-ordered", true}});
    EXPECT_EQ(read, (queue::QueueConfig{.message_ttl_ms = 60'000,
                                        .counts_deliveries = true,
                                        .key_ordered = true,
                                        .source_topic = topic}));
}

}  // namespace
}  // namespace weir::broker
