// Permissions: by name and operation, by key, and how they follow the topology.
#include "broker/access/authorizer.hpp"

#include <gtest/gtest.h>

#include "support/topology_builder.hpp"

namespace weir::access {
namespace {

class Permission : public ::testing::Test {
  protected:
    Permission() {
        (void)builder_.ask(topology::PutUser{{.name = "anna.b"}});
        set({.configure = "^anna-", .write = ".*", .read = ""});
    }
    void set(topology::Permissions permissions) {
        permissions.user = "anna.b", permissions.host = "/";
        (void)builder_.ask(topology::SetPermissions{std::move(permissions)});
        authorizer_.update(builder_.now);
    }
    void set_topic(const std::string& exchange, const std::string& write, const std::string& read) {
        (void)builder_.ask(topology::SetTopicPermissions{
            {.user = "anna.b", .host = "/", .exchange = exchange, .write = write, .read = read}});
        authorizer_.update(builder_.now);
    }

    test::TopologyBuilder builder_;
    Authorizer authorizer_{"anna.b", "/"};
};

TEST_F(Permission, ArePatternsOfNames) {
    for (int i = 0; i < 2; ++i) {  // the second time from memory
        EXPECT_TRUE(authorizer_.may(Operation::configure, "anna-1"));
        EXPECT_FALSE(authorizer_.may(Operation::configure, "bert-1"));
        EXPECT_TRUE(authorizer_.may(Operation::write, "bert-1"));
        EXPECT_FALSE(authorizer_.may(Operation::read, "anna-1"));
        EXPECT_TRUE(authorizer_.may(Operation::read, ""));
    }
    for (std::size_t i = 0; i < 3 * max_cached_resources; ++i)
        EXPECT_EQ(authorizer_.may(Operation::configure, fmt::format("{}{}", i % 2 ? "anna-" : "x", i)),
                  i % 2);
}

TEST_F(Permission, FollowWhatIsSetAndCleared) {
    EXPECT_FALSE(authorizer_.may(Operation::read, "q"));
    set({.configure = "", .write = "", .read = "q"});
    EXPECT_TRUE(authorizer_.may(Operation::read, "q"));
    EXPECT_FALSE(authorizer_.may(Operation::write, "q"));
    (void)builder_.ask(topology::ClearPermissions{"anna.b", "/"});
    EXPECT_TRUE(authorizer_.may(Operation::read, "q"));  // until it is told
    authorizer_.update(builder_.now);
    EXPECT_FALSE(authorizer_.may(Operation::read, "q"));
    EXPECT_FALSE(authorizer_.may_enter());
}

TEST_F(Permission, NeedTheUserAndTheVirtualHost) {
    EXPECT_TRUE(authorizer_.may_enter());
    Authorizer elsewhere{"anna.b", "v"};
    elsewhere.update(builder_.now);
    EXPECT_FALSE(elsewhere.may_enter());
    EXPECT_FALSE(elsewhere.may(Operation::write, "q"));
    (void)builder_.ask(topology::DeleteUser{"anna.b"});
    authorizer_.update(builder_.now);
    EXPECT_FALSE(authorizer_.may_enter());
    EXPECT_FALSE(authorizer_.may_use_key(Operation::write, "x", "k"));
}

TEST_F(Permission, OfKeysHoldForTheirExchangeOnly) {
    set_topic("x", "^{username}\\.{vhost}", "^news");
    EXPECT_TRUE(authorizer_.may_use_key(Operation::write, "x", "anna.b./.1"));
    EXPECT_FALSE(authorizer_.may_use_key(Operation::write, "x", "annaXb./.1"));  // taken literally
    EXPECT_FALSE(authorizer_.may_use_key(Operation::write, "x", "bert./.1"));
    EXPECT_TRUE(authorizer_.may_use_key(Operation::read, "x", "news.1"));
    EXPECT_FALSE(authorizer_.may_use_key(Operation::read, "x", "other"));
    EXPECT_TRUE(authorizer_.may_use_key(Operation::read, "y", "other"));
}

}  // namespace
}  // namespace weir::access
