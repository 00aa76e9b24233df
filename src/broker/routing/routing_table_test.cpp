// Routing by each kind of exchange, from exchange to exchange, to alternates, and what is told once.
#include "broker/routing/routing_table.hpp"

#include <gtest/gtest.h>

#include "broker/routing/router.hpp"
#include "support/naive_routing.hpp"
#include "support/topology_builder.hpp"

namespace weir::routing {
namespace {

using test::TopologyBuilder;
using topology::ExchangeKind;
using topology::Table;
using topology::Value;

// What follows the topology as the broker does.
class Routing : public ::testing::Test, protected TopologyBuilder {
  protected:
    using TopologyBuilder::bind;

    const RoutingTable& table() {
        topology::Changes all;
        all.everything = true;
        router_.update(now, all);
        return *reader_.find("/");
    }
    Route route(const Message& message) {
        Route out;
        found_ = table().route(message, out);
        return out;
    }
    // The names of the queues, in order.
    std::string route(std::string_view exchange, std::vector<std::string_view> keys, Table headers = {}) {
        const test::PlainHeaders plain{std::move(headers)};
        return names(route({.exchange = exchange, .keys = keys, .headers = &plain}));
    }
    std::string names(const Route& route) {
        std::vector<std::string> out;
        for (const auto id : route.queues) {
            now.host("/")->queues.for_each([&](const topology::QueuePtr& queue) {
                if (queue->id == id) out.push_back(queue->name);
            });
        }
        return fmt::format("{}", fmt::join(out, " "));
    }
    void queues(std::initializer_list<const char*> all) {
        for (const auto* name : all) queue(name);
    }

    Router router_;
    RouterReader reader_{router_};
    bool found_ = false;
};

TEST_F(Routing, TheDefaultExchangeKnowsEveryQueueByName) {
    queues({"a", "b"});
    EXPECT_EQ(route("", {"b"}), "b");
    EXPECT_EQ(route("", {"b", "a", "b"}), "a b");
    EXPECT_EQ(route("", {"c"}), "");
    EXPECT_TRUE(found_);
    (void)ask(topology::DeleteQueue{"/", "b"});
    EXPECT_EQ(route("", {"b"}), "");
}

TEST_F(Routing, AMissingExchangeIsTold) {
    EXPECT_EQ(route("no such", {"k"}), "");
    EXPECT_FALSE(found_);
}

TEST_F(Routing, DirectComparesKeys) {
    exchange("x", ExchangeKind::direct);
    queues({"a", "b", "c"});
    bind("x", "a", "k");
    bind("x", "b", "k");
    bind("x", "c", "other");
    EXPECT_EQ(route("x", {"k"}), "a b");
    EXPECT_EQ(route("x", {"k.x"}), "");
    EXPECT_EQ(route("x", {"other", "k"}), "a b c");  // several keys: of any
    EXPECT_TRUE(found_);
}

TEST_F(Routing, FanOutTakesAll) {
    exchange("x", ExchangeKind::fan_out);
    queues({"a", "b"});
    bind("x", "a", "k1");
    bind("x", "a", "k2");
    bind("x", "b");
    EXPECT_EQ(route("x", {"whatever"}), "a b");
    unbind(binding("x", "a", "k1"));
    EXPECT_EQ(route("x", {"whatever"}), "a b");
    unbind(binding("x", "a", "k2"));
    EXPECT_EQ(route("x", {"whatever"}), "b");
}

TEST_F(Routing, AQueueGetsOneCopyHoweverManyBindingsMatch) {
    exchange("x", ExchangeKind::pattern);
    queues({"a"});
    for (const auto* key : {"#", "a.*", "*.b", "a.b"}) bind("x", "a", key);
    EXPECT_EQ(route("x", {"a.b"}), "a");
    EXPECT_EQ(route("x", {"a.b", "x.b", "z"}), "a");
}

TEST_F(Routing, HeadersMatchAllOrAny) {
    exchange("x", ExchangeKind::header);
    queues({"all", "any", "none"});
    bind("x", "all", "", {{"x-match", "all"}, {"a", 1}, {"b", "two"}});
    bind("x", "any", "", {{"x-match", "any"}, {"a", 1}, {"b", "two"}});
    bind("x", "none", "", {{"x-match", "any"}});
    EXPECT_EQ(route("x", {""}, {{"a", 1}, {"b", "two"}, {"c", 3}}), "all any");
    EXPECT_EQ(route("x", {""}, {{"a", 1}}), "any");
    EXPECT_EQ(route("x", {""}, {{"a", "1"}}), "");  // a text is no number
    EXPECT_EQ(route("x", {""}, {{"a", topology::Integer{1, topology::Width::uint8}}}), "any");
    EXPECT_EQ(route("x", {""}), "");
}

TEST_F(Routing, HeadersWithoutAModeMatchAllAndNoneAtAllMatchesEverything) {
    exchange("x", ExchangeKind::header);
    queues({"a", "b"});
    bind("x", "a", "", {{"k", 1}, {"l", 2}});
    bind("x", "b");
    EXPECT_EQ(route("x", {""}, {{"k", 1}}), "b");
    EXPECT_EQ(route("x", {""}, {{"k", 1}, {"l", 2}}), "a b");
}

TEST_F(Routing, AnArgumentWithoutAValueOnlyAsksForTheHeader) {
    exchange("x", ExchangeKind::header);
    queues({"a"});
    bind("x", "a", "", {{"k", Value{}}});
    EXPECT_EQ(route("x", {""}, {{"k", "anything"}}), "a");
    EXPECT_EQ(route("x", {""}, {{"l", 1}}), "");
}

TEST_F(Routing, PrefixedArgumentsCountOnlyWhereTheyAreAskedFor) {
    exchange("x", ExchangeKind::header);
    queues({"all", "all-with", "any", "any-with"});
    bind("x", "all", "", {{"x-match", "all"}, {"x-k", 1}, {"l", 1}});
    bind("x", "all-with", "", {{"x-match", "all-with-x"}, {"x-k", 1}, {"l", 1}});
    bind("x", "any", "", {{"x-match", "any"}, {"x-k", 1}, {"l", 1}});
    bind("x", "any-with", "", {{"x-match", "any-with-x"}, {"x-k", 1}, {"l", 1}});
    EXPECT_EQ(route("x", {""}, {{"l", 1}}), "all any any-with");
    EXPECT_EQ(route("x", {""}, {{"x-k", 1}}), "any-with");
    EXPECT_EQ(route("x", {""}, {{"x-k", 1}, {"l", 1}}), "all all-with any any-with");
}

TEST_F(Routing, GoesFromExchangeToExchangeAndCyclesEnd) {
    exchange("x", ExchangeKind::fan_out);
    exchange("y", ExchangeKind::pattern);
    exchange("z", ExchangeKind::direct);
    queues({"a", "b", "c"});
    bind("x", "a");
    bind(between("x", "y"));
    bind("y", "b", "k.*");
    bind(between("y", "z", "k.#"));
    bind("z", "c", "k.1");
    bind(between("z", "x", "k.1"));
    EXPECT_EQ(route("x", {"k.1"}), "a b c");
    EXPECT_EQ(route("z", {"k.1"}), "a b c");
    EXPECT_EQ(route("x", {"k.2"}), "a b");
    EXPECT_EQ(route("x", {"other"}), "a");
    bind(between("x", "x"));
    EXPECT_EQ(route("x", {"other"}), "a");
}

TEST_F(Routing, ALongWayEndsWhereItHasBeen) {
    constexpr int length = 500;
    for (int i = 0; i < length; ++i) exchange(fmt::format("x{}", i), ExchangeKind::fan_out);
    queues({"a"});
    for (int i = 0; i < length; ++i) {
        bind(between(fmt::format("x{}", i), fmt::format("x{}", (i + 1) % length)));
        bind(between(fmt::format("x{}", i), fmt::format("x{}", i * 7 % length)));
    }
    bind(fmt::format("x{}", length - 1), "a");
    for (const auto* from : {"x0", "x250", "x499"}) EXPECT_EQ(route(from, {"k"}), "a");
}

TEST_F(Routing, TheAlternateGetsOnlyWhatNothingMatched) {
    exchange({.name = "x", .arguments = {{"alternate-exchange", "lost"}}});
    exchange("lost", ExchangeKind::fan_out);
    queues({"a", "l"});
    bind("x", "a", "k");
    bind("lost", "l");
    EXPECT_EQ(route("x", {"k"}), "a");
    EXPECT_EQ(route("x", {"other"}), "l");
    EXPECT_EQ(route("lost", {"other"}), "l");
}

TEST_F(Routing, ABindingToAnExchangeThatLeadsNowhereIsAMatch) {
    exchange({.name = "x", .arguments = {{"alternate-exchange", "lost"}}});
    exchange("nowhere", ExchangeKind::direct);
    exchange("lost", ExchangeKind::fan_out);
    queues({"l"});
    bind("lost", "l");
    bind(between("x", "nowhere", "k"));
    EXPECT_EQ(route("x", {"k"}), "");
}

TEST_F(Routing, AlternatesMayFormACycleOrBeMissing) {
    exchange({.name = "x", .arguments = {{"alternate-exchange", "y"}}});
    exchange({.name = "y", .arguments = {{"alternate-exchange", "x"}}});
    exchange({.name = "z", .arguments = {{"alternate-exchange", "no such"}}});
    EXPECT_EQ(route("x", {"k"}), "");
    EXPECT_EQ(route("z", {"k"}), "");
    EXPECT_TRUE(found_);
}

TEST_F(Routing, APolicyGivesAnAlternateUnlessAnArgumentDoes) {
    exchange("x", ExchangeKind::direct);
    exchange({.name = "y", .arguments = {{"alternate-exchange", "no such"}}});
    exchange("lost", ExchangeKind::fan_out);
    queues({"l"});
    bind("lost", "l");
    (void)ask(topology::SetPolicy{
        {.host = "/", .name = "p", .pattern = "^[xy]$", .definition = {{"alternate-exchange", "lost"}}}});
    EXPECT_EQ(route("x", {"k"}), "l");
    EXPECT_EQ(route("y", {"k"}), "");
}

TEST_F(Routing, ConsistentHashSharesKeysByWeightAndMovesFew) {
    exchange("x", ExchangeKind::consistent_hash);
    queues({"a", "b", "c"});
    bind("x", "a", "1");
    bind("x", "b", "3");
    std::map<std::string, std::string> before;
    std::map<std::string, int> counts;
    for (int i = 0; i < 4000; ++i) {
        const auto key = fmt::format("key{}", i);
        ++counts[before[key] = route("x", {key})];
    }
    EXPECT_NEAR(counts["a"], 1000, 150);
    EXPECT_NEAR(counts["b"], 3000, 150);
    bind("x", "c", "4");
    int moved = 0;
    for (const auto& [key, queue] : before) {
        const auto now_at = route("x", {key});
        if (now_at == queue) continue;
        ++moved;
        ASSERT_EQ(now_at, "c");  // nothing moves between those that stay
    }
    EXPECT_NEAR(moved, 2000, 150);
}

TEST_F(Routing, AHashExchangeMayHashAHeaderOrAProperty) {
    exchange({.name = "h", .kind = ExchangeKind::consistent_hash, .arguments = {{"hash-header", "id"}}});
    exchange(
        {.name = "p", .kind = ExchangeKind::consistent_hash, .arguments = {{"hash-property", "message-id"}}});
    for (const auto* name : {"a", "b", "c", "d"}) {
        queue(name);
        bind("h", name, "1");
        bind("p", name, "1");
    }
    std::set<std::string> by_header, by_property;
    for (int i = 0; i < 64; ++i) {
        const std::vector<std::string_view> keys{"same"};
        EXPECT_EQ(route("h", {fmt::format("{}", i)}, {{"id", 7}}), route("h", {"k"}, {{"id", 7}}));
        by_header.insert(route("h", {"same"}, {{"id", i}}));
        const test::PlainHeaders headers{{}, fmt::format("id{}", i)};
        by_property.insert(names(route({.exchange = "p", .keys = keys, .headers = &headers})));
    }
    EXPECT_EQ(by_header.size(), 4u);
    EXPECT_EQ(by_property.size(), 4u);
}

TEST_F(Routing, RandomAndModulusChooseOne) {
    exchange("r", ExchangeKind::random);
    exchange("m", ExchangeKind::modulus_hash);
    std::set<std::string> by_dice, by_key;
    for (const auto* name : {"a", "b", "c"}) {
        queue(name);
        bind("r", name);
        bind("m", name);
    }
    const std::vector<std::string_view> keys{"k"};
    for (std::uint64_t dice = 0; dice < 3; ++dice)
        by_dice.insert(names(route({.exchange = "r", .keys = keys, .dice = dice})));
    for (int i = 0; i < 50; ++i) by_key.insert(route("m", {fmt::format("{}", i)}));
    EXPECT_EQ(by_dice, (std::set<std::string>{"a", "b", "c"}));
    EXPECT_EQ(by_key, by_dice);
    EXPECT_EQ(route("m", {"k"}), route("m", {"k"}));
}

TEST_F(Routing, ADelayingExchangeKeepsTheMessageUntilItIsTime) {
    exchange("x", ExchangeKind::fan_out);
    exchange({.name = "d", .kind = ExchangeKind::pattern, .is_delayed = true});
    queues({"a", "b"});
    bind("x", "a");
    bind(between("x", "d"));
    bind("d", "b", "k.#");
    const std::vector<std::string_view> keys{"k.1"};
    const auto first = route({.exchange = "x", .keys = keys, .is_to_be_delayed = true});
    EXPECT_EQ(names(first), "a");
    EXPECT_EQ(first.delaying, std::vector<std::string>{"d"});
    EXPECT_EQ(names(reader_.find("/")->route_on({.exchange = "x", .keys = keys}, first)), "b");
    EXPECT_EQ(names(route({.exchange = "x", .keys = keys})), "a b");
}

TEST_F(Routing, AnExchangeMayLeadToATopic) {
    exchange("x", ExchangeKind::direct);
    auto to_topic = binding("x", "orders", "k");
    to_topic.kind = topology::DestinationKind::topic;
    bind(to_topic);
    const std::vector<std::string_view> keys{"k"};
    EXPECT_EQ(route({.exchange = "x", .keys = keys}).topics, std::vector<std::string>{"orders"});
    now.remove_topic("orders");
    EXPECT_TRUE(route({.exchange = "x", .keys = keys}).empty());
}

TEST_F(Routing, AHostThatIsGoneHasNoTable) {
    EXPECT_EQ(reader_.find("/"), nullptr);
    (void)table();
    EXPECT_NE(reader_.find("/"), nullptr);
    (void)ask(topology::DeleteVirtualHost{"/"});
    const auto version = router_.version();
    router_.update(now, changes);
    EXPECT_EQ(router_.version(), version + 1);
    EXPECT_EQ(reader_.find("/"), nullptr);
    router_.update(now, {});
    EXPECT_EQ(router_.version(), version + 1);
}

}  // namespace
}  // namespace weir::routing
