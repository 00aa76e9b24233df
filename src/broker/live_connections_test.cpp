// Connections are listed by what they say themselves, whether they answer, come late or are gone.
#include "broker/live_connections.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace weir::broker {
namespace {

using Tell = std::function<void(LiveConnection)>;

LiveConnections::Handle named(const std::string& name) {
    return {[name](const Tell& tell) { tell({.name = name}); }, [](auto&&) {}};
}

TEST(LiveConnections, AreListedByWhatTheySay) {
    LiveConnections connections;
    EXPECT_TRUE(connections.list().empty());
    const auto first = connections.add(named("a"));
    const auto second = connections.add(named("b"));
    auto listed = connections.list();
    ASSERT_EQ(listed.size(), 2);
    EXPECT_EQ(listed[0].name, "a");
    EXPECT_EQ(listed[1].id, second);
    connections.remove(first);
    listed = connections.list();
    ASSERT_EQ(listed.size(), 1);
    EXPECT_EQ(listed[0].name, "b");
}

TEST(LiveConnections, OneThatIsGoneDoesNotHoldUpTheOthers) {
    LiveConnections connections;
    connections.add({[](auto&&) {}, [](auto&&) {}});  // drops the question
    connections.add(named("b"));
    EXPECT_EQ(connections.list(60'000).size(), 1);
}

TEST(LiveConnections, AnswerFromTheirOwnThreads) {
    LiveConnections connections;
    std::thread other;
    connections.add(
        {[&](Tell tell) { other = std::thread{[tell = std::move(tell)] { tell({.name = "late"}); }}; },
         [](auto&&) {}});
    const auto listed = connections.list(60'000);
    other.join();
    ASSERT_EQ(listed.size(), 1);
    EXPECT_EQ(listed[0].name, "late");
}

TEST(LiveConnections, OneThatDoesNotAnswerIsLeftOut) {
    LiveConnections connections;
    std::vector<Tell> kept;
    connections.add({[&](Tell tell) { kept.push_back(std::move(tell)); }, [](auto&&) {}});
    EXPECT_TRUE(connections.list(1).empty());
    kept.front()({});  // late, and harmless
}

TEST(LiveConnections, AreClosedById) {
    LiveConnections connections;
    std::string told;
    const auto id = connections.add({[](auto&&) {}, [&](std::string why) { told = std::move(why); }});
    EXPECT_TRUE(connections.close(id, "enough"));
    EXPECT_EQ(told, "enough");
    connections.remove(id);
    EXPECT_FALSE(connections.close(id, "again"));
}

}  // namespace
}  // namespace weir::broker
