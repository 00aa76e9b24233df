// Addresses of direct replies, and those behind them.
#include "protocols/amqp/direct_replies.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

TEST(DirectReplies, AnAddressIsThePseudoQueueADotAndAToken) {
    EXPECT_EQ(direct_reply_token("amq.rabbitmq.reply-to.token"), "token");
    for (const auto* key :
         {"amq.rabbitmq.reply-to", "amq.rabbitmq.reply-to.", "amq.rabbitmq.reply-tox", "", "q"})
        EXPECT_EQ(direct_reply_token(key), "") << key;
}

TEST(DirectReplies, WhoHasGoneGetsNothing) {
    DirectReplies replies;
    int count = 0;
    replies.add("t", [&](auto&&) { ++count; });
    const auto message = std::make_shared<const queue::Message>();
    EXPECT_TRUE(replies.has("t"));
    replies.deliver("t", message);
    replies.deliver("other", message);
    EXPECT_EQ(count, 1);
    replies.remove("t");
    EXPECT_FALSE(replies.has("t"));
    replies.deliver("t", message);
    EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace weir::amqp
