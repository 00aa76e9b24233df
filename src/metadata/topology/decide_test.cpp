// Decisions about virtual hosts, exchanges, queues and bindings: what is refused, what is told apart, and
// what goes along with what.
#include <gtest/gtest.h>

#include "support/topology_builder.hpp"

namespace weir::topology {
namespace {

using test::TopologyBuilder;

Difference differ(TopologyBuilder& builder, const Exchange& exchange,
                  std::vector<ComparedArgument> compared = {}) {
    const auto reply = builder.ask(DeclareExchange{exchange, std::move(compared)});
    EXPECT_FALSE(reply->is_new);
    return reply->difference.value_or(Difference{.attribute = "none"});
}

TEST(PutVirtualHost, CreatesItWithItsExchanges) {
    TopologyBuilder builder;
    const PutVirtualHost request{{.name = "v", .description = "d"},
                                 {{.name = "first"}, {.name = "second", .kind = ExchangeKind::pattern}}};
    EXPECT_TRUE(builder.ask(request)->is_new);
    EXPECT_EQ(builder.now.exchange("v", "second")->kind, ExchangeKind::pattern);
    EXPECT_EQ(builder.now.exchange("v", "first")->host, "v");
    auto again = request;
    again.host.description = "another";
    again.exchanges.push_back({.name = "third"});
    EXPECT_FALSE(builder.ask(again)->is_new);
    EXPECT_EQ(builder.now.host("v")->host->description, "another");
    EXPECT_EQ(builder.now.exchange("v", "third"), nullptr);
    EXPECT_EQ(builder.outcome(PutVirtualHost{{.name = ""}}), "invalid_name");
    EXPECT_EQ(builder.outcome(PutVirtualHost{{.name = std::string(256, 'x')}}), "invalid_name");
}

TEST(DeleteVirtualHost, TakesAllAlong) {
    TopologyBuilder builder;
    builder.exchange("x", ExchangeKind::fan_out);
    builder.queue("q");
    builder.bind("x", "q");
    builder.must(PutUser{{.name = "u"}});
    builder.must(SetPermissions{{.user = "u", .host = "/", .configure = ".*", .write = ".*", .read = ".*"}});
    builder.must(SetTopicPermissions{{.user = "u", .host = "/", .exchange = "x", .write = "a", .read = "b"}});
    EXPECT_EQ(builder.outcome(DeleteVirtualHost{"/"}), "good");
    EXPECT_EQ(builder.now.host("/"), nullptr);
    EXPECT_EQ(builder.now.permissions("u", "/"), nullptr);
    EXPECT_EQ(builder.now.topic_permissions("u", "/", "x"), nullptr);
    EXPECT_EQ(builder.outcome(DeleteVirtualHost{"/"}), "not_found");
    EXPECT_EQ(builder.outcome(DeclareQueue{{.host = "/", .name = "q"}}), "not_found");
    builder.must(PutVirtualHost{{.name = "/"}});
    EXPECT_EQ(builder.queue("q"), QueueId{2});  // another queue than before
}

TEST(DeclareExchange, TellsTheFirstAttributeThatDiffers) {
    TopologyBuilder builder;
    const Exchange exchange{.host = "/", .name = "x", .arguments = {{"alternate-exchange", "a"}}};
    builder.exchange(exchange);
    EXPECT_EQ(differ(builder, exchange, {{"alternate-exchange"}}).attribute, "none");
    auto other = exchange;
    other.kind = ExchangeKind::fan_out;
    other.is_durable = false;
    const auto kind = differ(builder, other);
    EXPECT_EQ(kind.attribute, "kind");
    EXPECT_EQ(*kind.received, Value{"fan-out"});
    EXPECT_EQ(*kind.current, Value{"direct"});
    other.kind = exchange.kind;
    EXPECT_EQ(differ(builder, other).attribute, "durable");
    EXPECT_EQ(*differ(builder, other).received, Value{false});
    other = exchange;
    other.is_internal = true;
    EXPECT_EQ(differ(builder, other).attribute, "internal");
    other = exchange;
    other.is_auto_delete = true;
    EXPECT_EQ(differ(builder, other).attribute, "auto-delete");
    EXPECT_EQ(*builder.now.exchange("/", "x"), exchange);
}

TEST(DeclareExchange, ArgumentsDifferOnlyWhereTheyAreCompared) {
    TopologyBuilder builder;
    builder.exchange({.name = "x", .arguments = {{"alternate-exchange", "a"}}});
    const Exchange without{.host = "/", .name = "x"};
    EXPECT_EQ(differ(builder, without).attribute, "none");
    const auto missing = differ(builder, without, {{"alternate-exchange"}});
    EXPECT_EQ(missing.attribute, "alternate-exchange");
    EXPECT_EQ(missing.received, std::nullopt);
    EXPECT_EQ(*missing.current, Value{"a"});
}

TEST(DeclareQueue, ComparesArgumentsByValueAndKnowsWhatMissingOnesMean) {
    TopologyBuilder builder;
    const Queue queue{.host = "/", .name = "q", .arguments = {{"x-expires", Integer{10, Width::int32}}}};
    EXPECT_TRUE(builder.ask(DeclareQueue{queue})->is_new);
    const std::vector<ComparedArgument> compared{{"x-expires"}, {"x-queue-type", Value{"classic"}}};
    auto again = queue;
    again.arguments = {{"x-expires", Integer{10, Width::int64}}, {"x-queue-type", "classic"}};
    auto reply = builder.ask(DeclareQueue{again, compared});
    EXPECT_FALSE(reply->is_new);
    EXPECT_EQ(reply->difference, std::nullopt);
    EXPECT_EQ(reply->queue->id, QueueId{1});
    again.arguments["x-queue-type"] = "quorum";
    EXPECT_EQ(builder.ask(DeclareQueue{again, compared})->difference->attribute, "x-queue-type");
    again.arguments = {{"x-expires", "10"}};
    EXPECT_EQ(builder.ask(DeclareQueue{again, compared})->difference->attribute, "x-expires");
    again = queue;
    again.owner = Uuid::from_random(1, 1);
    again.is_durable = false;
    EXPECT_EQ(builder.ask(DeclareQueue{again, compared})->difference->attribute, "owner");
    again.owner = {};
    EXPECT_EQ(builder.ask(DeclareQueue{again, compared})->difference->attribute, "durable");
}

TEST(DeclareQueue, GivesEachAnIdOfItsOwnForEver) {
    TopologyBuilder builder;
    EXPECT_EQ(builder.queue("a"), QueueId{1});
    EXPECT_EQ(builder.queue("b"), QueueId{2});
    EXPECT_NE(builder.ask(DeleteQueue{"/", "b"})->queue, nullptr);
    EXPECT_EQ(builder.queue("b"), QueueId{3});
    EXPECT_EQ(builder.ask(DeleteQueue{"/", "b", QueueId{2}})->queue, nullptr);  // another one by now
    EXPECT_NE(builder.now.queue("/", "b"), nullptr);
    EXPECT_EQ(builder.ask(DeleteQueue{"/", "no such"})->queue, nullptr);
}

TEST(DeclareQueue, KeepsToTheVirtualHostsLimit) {
    TopologyBuilder builder;
    builder.must(PutVirtualHost{{.name = "/", .settings = {{"max-queues", 1}}}});
    builder.queue("a");
    EXPECT_EQ(builder.outcome(DeclareQueue{{.host = "/", .name = "b"}}), "limit_exceeded");
    EXPECT_EQ(builder.outcome(DeclareQueue{{.host = "/", .name = "a"}}), "good");
    EXPECT_EQ(builder.outcome(DeclareQueue{{.host = "/", .name = ""}}), "invalid_name");
}

TEST(DropTransients, TakesTheQueuesOfOneNodeInParts) {
    TopologyBuilder builder;
    builder.queue("durable");
    for (int i = 0; i < 1500; ++i) {
        builder.must(DeclareQueue{{.host = "/",
                                   .name = fmt::format("t{}", i),
                                   .is_durable = false,
                                   .node = NodeId{i < 1200 ? 1 : 2}}});
    }
    const auto first = builder.must(DropTransients{NodeId{1}});
    EXPECT_TRUE(first.has_more);
    const auto second = builder.must(DropTransients{NodeId{1}});
    EXPECT_FALSE(second.has_more);
    EXPECT_EQ(first.queues.size() + second.queues.size(), 1200u);
    EXPECT_EQ(builder.now.host("/")->queues.size(), 301u);
}

TEST(DropTransients, TakesExchangesOnlyIfSoAskedAndEachOnce) {
    TopologyBuilder builder;
    builder.exchange({.name = "durable"});
    builder.exchange({.name = "gone", .is_durable = false});
    builder.exchange({.name = "with its queue", .is_durable = false, .is_auto_delete = true});
    builder.must(DeclareQueue{{.host = "/", .name = "q", .is_durable = false, .node = NodeId{1}}});
    builder.bind("with its queue", "q");
    builder.bind("durable", "q");
    const auto before = builder.now;
    builder.must(DropTransients{NodeId{1}});
    EXPECT_NE(builder.now.exchange("/", "gone"), nullptr);
    EXPECT_EQ(builder.now.exchange("/", "with its queue"), nullptr);
    builder.now = before;
    builder.must(DropTransients{NodeId{1}, true});
    EXPECT_EQ(builder.now.host("/")->exchanges.size(), 1u);
    EXPECT_TRUE(builder.now.host("/")->queues.empty());
}

TEST(Bind, NeedsBothEndsAndIsDoneOnce) {
    TopologyBuilder builder;
    builder.exchange("x", ExchangeKind::direct);
    const auto id = builder.queue("q");
    EXPECT_EQ(builder.bind("no such", "q"), "not_found");
    EXPECT_EQ(builder.bind("x", "no such"), "not_found");
    EXPECT_EQ(builder.bind(TopologyBuilder::between("x", "no such")), "not_found");
    const auto binding = TopologyBuilder::binding("x", "q", "k");
    EXPECT_TRUE(builder.ask(Bind{binding})->is_new);
    EXPECT_FALSE(builder.ask(Bind{binding})->is_new);
    EXPECT_EQ(builder.now.binding(binding)->queue, id);
    EXPECT_EQ(builder.bind("x", "q", "k", {{"a", 1}}), "good");  // another one
    EXPECT_EQ(builder.now.host("/")->by_source.size(), 2u);
    EXPECT_EQ(builder.bind("x", "q", std::string(256, 'k')), "invalid_argument");
}

TEST(Bind, ChecksWhatTheExchangesKindAsksFor) {
    TopologyBuilder builder;
    builder.exchange("headers", ExchangeKind::header);
    builder.exchange("hash", ExchangeKind::consistent_hash);
    builder.queue("q");
    for (const auto* mode : {"all", "any", "all-with-x", "any-with-x"})
        EXPECT_EQ(builder.bind("headers", "q", "", {{"x-match", mode}}), "good");
    EXPECT_EQ(builder.bind("headers", "q"), "good");
    EXPECT_EQ(builder.bind("headers", "q", "", {{"x-match", "some"}}), "invalid_argument");
    EXPECT_EQ(builder.bind("headers", "q", "", {{"x-match", 1}}), "invalid_argument");
    EXPECT_EQ(builder.bind("hash", "q", "10"), "good");
    for (const auto* key : {"", "0", "-1", "x", "1x", "10001", "99999999999"})
        EXPECT_EQ(builder.bind("hash", "q", key), "invalid_argument") << key;
}

TEST(Unbind, OfWhatIsNotThereSucceeds) {
    TopologyBuilder builder;
    builder.exchange("x", ExchangeKind::direct);
    builder.queue("q");
    builder.bind("x", "q", "k");
    EXPECT_FALSE(builder.unbind(TopologyBuilder::binding("x", "q", "other")));
    EXPECT_FALSE(builder.unbind(TopologyBuilder::binding("no such", "q", "k")));
    EXPECT_FALSE(builder.unbind(TopologyBuilder::binding("x", "no such", "k")));
    auto elsewhere = TopologyBuilder::binding("x", "q", "k");
    elsewhere.host = "no such";
    EXPECT_FALSE(builder.unbind(elsewhere));
    EXPECT_TRUE(builder.unbind(TopologyBuilder::binding("x", "q", "k")));
    EXPECT_EQ(builder.now.host("/")->by_source.size(), 0u);
    EXPECT_EQ(builder.now.host("/")->by_destination.size(), 0u);
}

TEST(DeleteExchange, OnlyIfUnusedIfSoAsked) {
    TopologyBuilder builder;
    builder.exchange("x", ExchangeKind::direct);
    builder.exchange("y", ExchangeKind::direct);
    builder.queue("q");
    builder.bind("x", "q", "k");
    builder.bind(TopologyBuilder::between("x", "y"));
    EXPECT_TRUE(builder.ask(DeleteExchange{"/", "x", true})->is_in_use);
    EXPECT_FALSE(builder.ask(DeleteExchange{"/", "y", true})->is_in_use);  // only bindings to it
    EXPECT_EQ(builder.now.exchange("/", "y"), nullptr);
    EXPECT_EQ(builder.now.host("/")->by_source.size(), 1u);
    EXPECT_NE(builder.ask(DeleteExchange{"/", "x"})->exchange, nullptr);
    EXPECT_EQ(builder.now.host("/")->by_destination.size(), 0u);
    EXPECT_EQ(builder.ask(DeleteExchange{"/", "x"})->exchange, nullptr);
}

TEST(AutoDelete, AnExchangeGoesWithItsLastOutgoingBinding) {
    TopologyBuilder builder;
    builder.exchange({.name = "x", .is_auto_delete = true});
    builder.queue("q");
    EXPECT_NE(builder.now.exchange("/", "x"), nullptr);  // it has had none yet
    builder.bind("x", "q", "a");
    builder.bind("x", "q", "b");
    builder.unbind(TopologyBuilder::binding("x", "q", "a"));
    EXPECT_NE(builder.now.exchange("/", "x"), nullptr);
    builder.unbind(TopologyBuilder::binding("x", "q", "b"));
    EXPECT_EQ(builder.now.exchange("/", "x"), nullptr);
}

TEST(AutoDelete, AChainOfExchangesGoesWithTheQueueAtItsEnd) {
    TopologyBuilder builder;
    constexpr int length = 3000;
    for (int i = 0; i < length; ++i)
        builder.exchange({.name = fmt::format("x{}", i), .is_auto_delete = true});
    for (int i = 0; i + 1 < length; ++i)
        builder.bind(TopologyBuilder::between(fmt::format("x{}", i), fmt::format("x{}", i + 1)));
    builder.queue("q");
    builder.bind(fmt::format("x{}", length - 1), "q");
    builder.must(DeleteQueue{"/", "q"});
    EXPECT_TRUE(builder.now.host("/")->exchanges.empty());
    EXPECT_TRUE(builder.now.host("/")->by_source.empty());
    EXPECT_EQ(builder.changes.topology.size(), 2u * length + 1);
}

TEST(RemoveTopic, TakesTheBindingsToItAlong) {
    TopologyBuilder builder;
    builder.exchange({.name = "x", .is_auto_delete = true});
    auto binding = TopologyBuilder::binding("x", "orders");
    binding.kind = DestinationKind::topic;
    EXPECT_EQ(builder.bind(binding), "good");
    builder.now.remove_topic("others");
    EXPECT_NE(builder.now.exchange("/", "x"), nullptr);
    builder.now.remove_topic("orders");
    EXPECT_EQ(builder.now.exchange("/", "x"), nullptr);
    EXPECT_TRUE(builder.now.host("/")->by_destination.empty());
}

TEST(Accounts, AreCheckedAndGoWithTheirUser) {
    TopologyBuilder builder;
    EXPECT_EQ(builder.outcome(PutUser{{.name = ""}}), "invalid_name");
    EXPECT_EQ(builder.outcome(PutUser{{.name = "u", .credentials = {{.key = {}}}}}), "invalid_argument");
    EXPECT_TRUE(builder.ask(PutUser{{.name = "u", .tags = {"administrator"}}})->is_new);
    EXPECT_FALSE(builder.ask(PutUser{{.name = "u", .tags = {}}})->is_new);
    const Permissions all{.user = "u", .host = "/", .configure = ".*", .write = ".*", .read = ".*"};
    auto wrong = all;
    wrong.user = "no such";
    EXPECT_EQ(builder.outcome(SetPermissions{wrong}), "not_found");
    wrong = all;
    wrong.host = "no such";
    EXPECT_EQ(builder.outcome(SetPermissions{wrong}), "not_found");
    wrong = all;
    wrong.read = "(";
    EXPECT_EQ(builder.outcome(SetPermissions{wrong}), "invalid_argument");
    EXPECT_EQ(builder.outcome(SetPermissions{all}), "good");
    for (const auto* exchange : {"a", "b"})
        builder.must(SetTopicPermissions{{.user = "u", .host = "/", .exchange = exchange, .write = "w"}});
    EXPECT_TRUE(builder.ask(ClearTopicPermissions{"u", "/", "a"})->was_there);
    EXPECT_FALSE(builder.ask(ClearTopicPermissions{"u", "/", "a"})->was_there);
    EXPECT_NE(builder.now.topic_permissions("u", "/", "b"), nullptr);
    EXPECT_EQ(builder.outcome(DeleteUser{"u"}), "good");
    EXPECT_EQ(builder.outcome(DeleteUser{"u"}), "not_found");
    EXPECT_EQ(builder.now.permissions("u", "/"), nullptr);
    EXPECT_EQ(builder.now.topic_permissions("u", "/", "b"), nullptr);
    EXPECT_FALSE(builder.ask(ClearPermissions{"u", "/"})->was_there);
}

// ---- parameters

TEST(Parameters, BelongToAHostsComponentOrToAll) {
    TopologyBuilder builder;
    const Table value{{"uri", "amqp://"}};
    EXPECT_TRUE(builder.ask(SetParameter{{"shovel", "/", "s", value}})->is_new);
    EXPECT_FALSE(builder.ask(SetParameter{{"shovel", "/", "s", value}})->is_new);
    EXPECT_FALSE(builder.ask(SetParameter{{"shovel", "/", "s", "a text"}})->is_new);
    EXPECT_EQ(builder.now.parameter("shovel", "/", "s")->value, Value{"a text"});
    EXPECT_TRUE(builder.ask(SetParameter{{"", "", "cluster_name", "c"}})->is_new);
    EXPECT_EQ(builder.ask(SetParameter{{"shovel", "nowhere", "s", value}}).error().code, Errc::not_found);
    EXPECT_EQ(builder.ask(SetParameter{{"shovel", "", "s", value}}).error().code, Errc::invalid_name);
    EXPECT_EQ(builder.ask(SetParameter{{"", "", "", value}}).error().code, Errc::invalid_name);
    EXPECT_EQ(builder.ask(SetParameter{{"", "", "n", std::string(max_table_bytes, 'x')}}).error().code,
              Errc::invalid_argument);
    EXPECT_TRUE(builder.ask(ClearParameter{"shovel", "/", "s"})->was_there);
    EXPECT_FALSE(builder.ask(ClearParameter{"shovel", "/", "s"})->was_there);
}

}  // namespace
}  // namespace weir::topology
