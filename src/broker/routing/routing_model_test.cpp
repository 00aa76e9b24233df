// Random topologies and messages: a router that follows the changes, one that is compiled anew, and the rules
// applied naively must agree.
#include <gtest/gtest.h>

#include "broker/routing/router.hpp"
#include "support/naive_routing.hpp"
#include "support/random_topology.hpp"

namespace weir::routing {
namespace {

class RoutingModel : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    void expect_agreement(const RoutingTable& followed, const topology::HostState& host) {
        const auto exchange = random_.exchange();
        std::vector<std::string> keys{random_.key(false)};
        if (random_.below(4) == 0) keys.push_back(random_.key(false));
        const std::vector<std::string_view> views(keys.begin(), keys.end());
        const test::PlainHeaders headers{random_.headers()};
        const Message message{.exchange = exchange,
                              .keys = views,
                              .headers = &headers,
                              .dice = random_.below(UINT64_MAX),
                              .is_to_be_delayed = random_.below(2) == 0};
        Route by_changes, anew;
        const bool found = followed.route(message, by_changes);
        EXPECT_EQ(RoutingTable{host}.route(message, anew), found);
        EXPECT_EQ(found, host.exchanges.find(exchange) != nullptr);
        EXPECT_EQ(by_changes.queues, anew.queues);
        EXPECT_EQ(by_changes.topics, anew.topics);
        EXPECT_EQ(by_changes.delaying, anew.delaying);
        expect_as_naive(by_changes, host, message);
    }

    void expect_as_naive(const Route& route, const topology::HostState& host, const Message& message) {
        test::NaiveRouting naive{host, message};
        naive.run();
        const auto& queues = route.queues;
        EXPECT_TRUE(std::ranges::is_sorted(queues));
        if (naive.chose) {
            EXPECT_TRUE(std::ranges::includes(naive.queues, queues));
            EXPECT_TRUE(std::ranges::includes(naive.topics, route.topics));
            ++chosen_;
        } else {
            EXPECT_EQ(queues, std::vector<QueueId>(naive.queues.begin(), naive.queues.end()));
            EXPECT_EQ(route.topics, std::vector<std::string>(naive.topics.begin(), naive.topics.end()));
            EXPECT_EQ(route.delaying, std::vector<std::string>(naive.delaying.begin(), naive.delaying.end()));
            routed_ += !route.empty();
        }
    }

    test::RandomTopology random_{GetParam()};
    std::size_t routed_ = 0, chosen_ = 0;
};

TEST_P(RoutingModel, FollowingCompilingAndTheRulesAgree) {
    Router router;
    RouterReader reader{router};
    topology::Changes first;
    first.everything = true;
    router.update(random_.builder.now, first);
    topology::Changes waiting;  // of several requests, as of one entry of the log
    for (int i = 0; i < 1500; ++i) {
        random_.step();
        auto& news = random_.builder.changes.topology;
        waiting.topology.insert(waiting.topology.end(), news.begin(), news.end());
        if (random_.below(3) != 0) continue;
        router.update(random_.builder.now, waiting);
        waiting = {};
        const auto* host = random_.builder.now.host("/");
        const auto* table = reader.find("/");
        ASSERT_EQ(table == nullptr, host == nullptr);
        for (int j = 0; host != nullptr && j < 10; ++j) expect_agreement(*table, *host);
    }
    EXPECT_GT(routed_, 100u);
    EXPECT_GT(chosen_, 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoutingModel, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace weir::routing
