// Replies go to whoever waits at an address, on its own node.
#include "broker/reply_addresses.hpp"

#include <gtest/gtest.h>

namespace weir::broker {
namespace {

TEST(ReplyAddresses, WhoHasGoneGetsNothing) {
    ReplyAddresses replies{NodeId{3}};
    int count = 0;
    const auto address = replies.add("secret", [&](auto&&) { ++count; });
    const auto message = std::make_shared<const queue::Message>();
    EXPECT_TRUE(replies.has(address));
    replies.deliver(address, message);
    replies.deliver(address + "x", message);
    EXPECT_EQ(count, 1);
    replies.remove(address);
    EXPECT_FALSE(replies.has(address));
    replies.deliver(address, message);
    EXPECT_EQ(count, 1);
}

TEST(ReplyAddresses, AnotherNodesRepliesGoThere) {
    std::vector<std::string> forwarded;
    const ReplyAddresses here{NodeId{1}, [&](NodeId node, const std::string& address, auto&&) {
                                  EXPECT_EQ(node, NodeId{3});
                                  forwarded.push_back(address);
                              }};
    ReplyAddresses there{NodeId{3}};
    const auto address = there.add("secret", [](auto&&) {});
    here.deliver(address, std::make_shared<const queue::Message>());
    EXPECT_EQ(forwarded, std::vector{address});
    there.deliver("1.secret", nullptr);  // it knows no other node
}

TEST(ReplyAddresses, AnAddressBeginsWithANode) {
    EXPECT_EQ(node_of_address("12.x"), NodeId{12});
    for (const auto* text : {"", ".x", "x.y", "12", "-1.x", "0.x", "99999999999.x"})
        EXPECT_FALSE(node_of_address(text)) << text;
}

}  // namespace
}  // namespace weir::broker
