// What is an address of direct replies, and what only looks like one.
#include "protocols/amqp/direct_replies.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

TEST(DirectReplies, AnAddressIsThePseudoQueueADotAndTheBrokersAddress) {
    EXPECT_EQ(direct_reply_address("amq.rabbitmq.reply-to.1.secret"), "1.secret");
    for (const auto* key :
         {"amq.rabbitmq.reply-to", "amq.rabbitmq.reply-to.", "amq.rabbitmq.reply-tox", "", "q"})
        EXPECT_EQ(direct_reply_address(key), "") << key;
}

}  // namespace
}  // namespace weir::amqp
