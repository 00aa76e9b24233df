// Streams as the API makes, shows, binds and exports them, on a broker of one node.
#include "protocols/management/streams.hpp"

#include "metadata/topology/topology.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/definitions.hpp"
#include "support/lone_broker.hpp"

namespace weir::management {
namespace {

class StreamsTest : public test::LoneBroker {
  protected:
    StreamsTest() {
        for (const auto* host : {"/", "shop"}) make_host(services_, {.name = host}).value();
        make_exchange(services_, {.host = "shop", .name = "e"}).value();
    }
    static topology::Queue stream(const std::string& host, const std::string& name,
                                  topology::Table arguments = {}) {
        arguments.try_emplace("x-queue-type", "stream");
        return {.host = host, .name = name, .arguments = std::move(arguments)};
    }
    std::string mistake(const topology::Queue& wanted) {
        const auto made = make_queue(services_, wanted);
        return made ? "" : made.error().message;
    }
    Json exported(const char* only_host = nullptr) {
        const auto now = broker_->controller().catalogue();
        return export_definitions(services_, now->topology(),
                                  only_host ? now->topology().host(only_host) : nullptr);
    }
    ImportReport load(const Json& file, const std::optional<std::string>& only_host = std::nullopt) {
        return import_definitions(services_, read_definitions(file, only_host).value()).value();
    }

    broker::LiveConnections connections_;
    Services services_{*broker_, connections_, system_random(), "weir", "1", "c"};
};

TEST_F(StreamsTest, AreTopicsOfTheirVirtualHosts) {
    EXPECT_EQ(make_queue(services_, stream("shop", "s", {{"x-max-age", "7D"}})).value(), true);
    EXPECT_EQ(make_queue(services_, stream("shop", "s", {{"x-max-age", "168h"}})).value(), false);
    EXPECT_TRUE(broker_->topics().find("vhost.shop.s"));
    EXPECT_EQ(find_stream(services_, "shop", "s")->topic->settings().retention_ms, 604'800'000);
    EXPECT_FALSE(find_stream(services_, "/", "vhost.shop.s"));
    EXPECT_EQ(mistake(stream("shop", "s", {{"x-max-age", "1D"}})),
              "inequivalent arg 'x-max-age' for queue 's' in vhost 'shop': received '1D' but current is "
              "'7D'");
    ASSERT_TRUE(remove_stream(services_, *find_stream(services_, "shop", "s")));
    EXPECT_FALSE(find_stream(services_, "shop", "s"));
}

TEST_F(StreamsTest, AndQueuesAreNotWhatTheOtherIs) {
    EXPECT_EQ(make_queue(services_, stream("/", "s")).value(), true);
    EXPECT_EQ(mistake({.host = "/", .name = "s"}),
              "inequivalent arg 'x-queue-type' for queue 's' in vhost '/': received none but current is "
              "the value 'stream' of type 'longstr'");
    EXPECT_EQ(make_queue(services_, {.host = "/", .name = "q"}).value(), true);
    EXPECT_NE(mistake(stream("/", "q")), "");
    EXPECT_NE(mistake(stream("/", "t", {{"x-max-length", topology::Integer{1}}})), "");
    auto transient = stream("/", "t");
    transient.is_durable = false;
    EXPECT_NE(mistake(transient), "");
}

TEST_F(StreamsTest, AreBoundByTheirNames) {
    ASSERT_TRUE(make_queue(services_, stream("shop", "s")));
    const topology::Binding wanted{.host = "shop", .source = "e", .destination = "s", .key = "k"};
    EXPECT_EQ(make_binding(services_, wanted).value(), true);
    const auto stored = with_stream(services_, wanted);
    EXPECT_EQ(stored.kind, topology::DestinationKind::topic);
    EXPECT_EQ(stored.destination, "vhost.shop.s");
    EXPECT_NE(broker_->controller().catalogue()->topology().binding(stored), nullptr);
}

TEST_F(StreamsTest, ComeBackFromAFileOfDefinitions) {
    ASSERT_TRUE(make_queue(services_, stream("shop", "s", {{"x-max-age", "7D"}})));
    ASSERT_TRUE(make_binding(services_, {.host = "shop", .source = "e", .destination = "s", .key = "k"}));
    ASSERT_TRUE(make_queue(
        services_, {.host = "shop", .name = "a-subscription", .arguments = {{"x-subscription-topic", "s"}}}));
    create("many", 3);
    const auto file = exported();
    EXPECT_EQ(file["queues"].size(), 2) << "no topic of several partitions";
    ASSERT_TRUE(make_host(services_, {.name = "copy"}));
    const auto report = load(exported("shop"), "copy");
    EXPECT_EQ(report.not_imported, Json::array());
    const auto copy = find_stream(services_, "copy", "s");
    ASSERT_TRUE(copy);
    EXPECT_EQ(stream_json(*copy)["arguments"], (Json{{"x-queue-type", "stream"}, {"x-max-age", "7D"}}));
    const auto again = exported("copy");
    EXPECT_EQ(again["bindings"], exported("shop")["bindings"]);
    EXPECT_EQ(again["bindings"].front()["destination"], "s");
    EXPECT_EQ(again["bindings"].front()["destination_type"], "queue");
    EXPECT_EQ(load(file).not_imported, Json::array()) << "it may be done again";
}

}  // namespace
}  // namespace weir::management
