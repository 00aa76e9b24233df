// Which policies apply, and what counts where they, operator policies and arguments say different things.
#include "metadata/topology/effective_policy.hpp"

#include <gtest/gtest.h>

#include "support/topology_builder.hpp"

namespace weir::topology {
namespace {

class EffectivePolicyTest : public ::testing::Test {
  protected:
    void set(Policy policy) {
        policy.host = "/";
        EXPECT_EQ(builder_.outcome(SetPolicy{std::move(policy)}), "good");
    }
    EffectivePolicy of_queue(const std::string& name) {
        return policy_of(*builder_.now.host("/"), Queue{.host = "/", .name = name});
    }
    EffectivePolicy of_exchange(const std::string& name) {
        return policy_of(*builder_.now.host("/"), Exchange{.host = "/", .name = name});
    }

    test::TopologyBuilder builder_;
};

TEST_F(EffectivePolicyTest, TheGreatestPriorityThatMatchesApplies) {
    set({.name = "all", .pattern = ".*", .priority = 0, .definition = {{"max-length", 1}}});
    set({.name = "orders", .pattern = "^orders\\.", .priority = 5, .definition = {{"max-length", 2}}});
    EXPECT_EQ(of_queue("orders.1").policy->name, "orders");
    EXPECT_EQ(of_queue("my.orders.1").policy->name, "all");
    set({.name = "all", .pattern = ".*", .priority = 9, .definition = {{"max-length", 1}}});
    EXPECT_EQ(of_queue("orders.1").policy->name, "all");
    builder_.must(ClearPolicy{"/", "all"});
    EXPECT_EQ(of_queue("my.orders.1").policy, nullptr);
    EXPECT_EQ(builder_.outcome(ClearPolicy{"/", "all"}), "not_found");
}

TEST_F(EffectivePolicyTest, OfEqualPrioritiesTheFirstByName) {
    set({.name = "b", .pattern = ".*", .definition = {{"max-length", 1}}});
    set({.name = "a", .pattern = ".*", .definition = {{"max-length", 2}}});
    EXPECT_EQ(of_queue("q").policy->name, "a");
}

TEST_F(EffectivePolicyTest, AppliesToQueuesOrExchangesOrBoth) {
    set({.name = "q", .pattern = ".*", .target = PolicyTarget::queues, .definition = {{"max-length", 1}}});
    set({.name = "x",
         .pattern = ".*",
         .target = PolicyTarget::exchanges,
         .definition = {{"alternate-exchange", "a"}}});
    EXPECT_EQ(of_queue("n").policy->name, "q");
    EXPECT_EQ(of_exchange("n").policy->name, "x");
}

TEST_F(EffectivePolicyTest, OfBoundsTheSmallerOneCounts) {
    set({.name = "user",
         .pattern = ".*",
         .definition = {{"max-length", 100}, {"message-ttl", 5}, {"overflow", "drop-head"}}});
    set({.name = "operator",
         .is_operator = true,
         .pattern = ".*",
         .definition = {
             {"max-length", 10}, {"message-ttl", 50}, {"expires", 7}, {"overflow", "reject-publish"}}});
    const auto definition = of_queue("q").definition;
    EXPECT_EQ(definition.at("max-length"), Value{10});
    EXPECT_EQ(definition.at("message-ttl"), Value{5});
    EXPECT_EQ(definition.at("expires"), Value{7});
    EXPECT_EQ(definition.at("overflow"), Value{"reject-publish"});
}

TEST(Effective, ArgumentsGoBeforePoliciesButForBounds) {
    const Table definition{{"max-length", 10}, {"dead-letter-exchange", "policy"}, {"message-ttl", 5}};
    const Table arguments{{"x-max-length", 100}, {"x-dead-letter-exchange", "argument"}};
    EXPECT_EQ(effective("max-length", arguments, definition), Value{10});
    EXPECT_EQ(effective("max-length", {{"x-max-length", 3}}, definition), Value{3});
    EXPECT_EQ(effective("dead-letter-exchange", arguments, definition), Value{"argument"});
    EXPECT_EQ(effective("dead-letter-exchange", {}, definition), Value{"policy"});
    EXPECT_EQ(effective("message-ttl", arguments, definition), Value{5});
    EXPECT_EQ(effective("expires", arguments, definition), std::nullopt);
    EXPECT_EQ(effective("alternate-exchange", {{"alternate-exchange", "a"}}, {}), Value{"a"});
}

TEST(Effective, ANegativeDeliveryLimitIsNoneAndMoreThanAny) {
    EXPECT_EQ(effective("delivery-limit", {{"x-delivery-limit", -1}}, {{"delivery-limit", 5}}), Value{5});
    EXPECT_EQ(effective("delivery-limit", {{"x-delivery-limit", 3}}, {{"delivery-limit", -1}}), Value{3});
    EXPECT_EQ(effective("delivery-limit", {{"x-delivery-limit", 3}}, {{"delivery-limit", 5}}), Value{3});
}

TEST_F(EffectivePolicyTest, WrongOnesAreRefused) {
    const auto outcome = [&](const std::string& pattern, Table definition) {
        return builder_.outcome(
            SetPolicy{{.host = "/", .name = "p", .pattern = pattern, .definition = std::move(definition)}});
    };
    EXPECT_EQ(outcome("(", {{"max-length", 1}}), "invalid_argument");
    EXPECT_EQ(outcome(".*", {}), "invalid_argument");
    EXPECT_EQ(outcome(".*", {{"max-length", -1}}), "invalid_argument");
    EXPECT_EQ(outcome(".*", {{"max-length", "many"}}), "invalid_argument");
    EXPECT_EQ(outcome(".*", {{"dead-letter-exchange", 1}}), "invalid_argument");
    EXPECT_EQ(outcome(".*", {{"delivery-limit", -1}}), "good");
    EXPECT_EQ(outcome(".*", {{"some-other-brokers-setting", List{1}}}), "good");
}

}  // namespace
}  // namespace weir::topology
