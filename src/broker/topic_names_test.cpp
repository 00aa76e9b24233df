// Names of streams and topics, both ways.
#include "broker/topic_names.hpp"

#include <gtest/gtest.h>

namespace weir::broker {
namespace {

TEST(TopicNames, OfTheFirstHostAreThose) {
    EXPECT_EQ(topic_name("/", "orders"), "orders");
    EXPECT_EQ(split_topic_name("orders"), (NameInHost{"/", "orders"}));
}

TEST(TopicNames, OfOthersSayWhose) {
    EXPECT_EQ(topic_name("shop", "a.b_c"), "vhost.shop.a.b_c");
    EXPECT_EQ(topic_name("rabbit/hole", "q"), "vhost.rabbit-2Fhole.q");
    EXPECT_EQ(topic_name("a_b.c-d", "q"), "vhost.a-5Fb-2Ec-2Dd.q");
    EXPECT_EQ(topic_name("\xc3\xa4", "q"), "vhost.-C3-A4.q");
    for (const auto* host : {"shop", "rabbit/hole", "a_b.c-d", "\xc3\xa4", "-", "-2F", ".", "vhost."})
        EXPECT_EQ(split_topic_name(topic_name(host, "x.y")), (NameInHost{host, "x.y"})) << host;
}

TEST(TopicNames, ThatAnotherHostHasAreNoNamesHere) {
    EXPECT_TRUE(is_name_in_host("/", "orders"));
    EXPECT_TRUE(is_name_in_host("/", "vhost.a"));
    EXPECT_FALSE(is_name_in_host("/", "vhost.a.b"));
    EXPECT_TRUE(is_name_in_host("a", "b"));
    EXPECT_TRUE(is_name_in_host("a", "vhost.a.b"));
}

// Whatever a topic is called, it is of one virtual host only.
TEST(TopicNames, ThatNoStreamHasAreOfTheFirstHost) {
    for (const auto* topic : {"vhost.", "vhost.a", "vhost.a.", "vhost.-2F.q", "vhost.-2f.q", "vhost.a_b.q",
                              "vhost.a-6.q", "vhost.-61.q", "vhost.-G1.q", "vhosts.a.b"})
        EXPECT_EQ(split_topic_name(topic), (NameInHost{"/", topic})) << topic;
    EXPECT_EQ(split_topic_name("vhost.a.b"), (NameInHost{"a", "b"}));
}

}  // namespace
}  // namespace weir::broker
