// Limits of connections and channels.
#include "protocols/amqp/usage.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

TEST(Usage, ConnectionsAreCountedByUserAndByHost) {
    Usage usage;
    EXPECT_EQ(usage.enter("u", "h", 2, 3), Usage::Refusal::none);
    EXPECT_EQ(usage.enter("u", "h", 2, 3), Usage::Refusal::none);
    EXPECT_EQ(usage.enter("u", "h", 2, 3), Usage::Refusal::user);
    EXPECT_EQ(usage.enter("v", "h", {}, 3), Usage::Refusal::none) << "who was refused does not count";
    EXPECT_EQ(usage.enter("v", "h", {}, 3), Usage::Refusal::host);
    EXPECT_EQ(usage.enter("v", "other", {}, {}), Usage::Refusal::none);
    usage.leave("u", "h");
    EXPECT_EQ(usage.enter("v", "h", {}, 3), Usage::Refusal::none);
    EXPECT_EQ(usage.enter("w", "h", 0, {}), Usage::Refusal::user);
}

TEST(Usage, ChannelsAreCountedByUser) {
    Usage usage;
    EXPECT_TRUE(usage.open_channel("u", 1));
    EXPECT_FALSE(usage.open_channel("u", 1));
    EXPECT_TRUE(usage.open_channel("u", {}));
    EXPECT_TRUE(usage.open_channel("v", 1));
    usage.close_channel("u");
    EXPECT_FALSE(usage.open_channel("u", 1));
    usage.close_channel("u");
    EXPECT_TRUE(usage.open_channel("u", 1));
}

}  // namespace
}  // namespace weir::amqp
