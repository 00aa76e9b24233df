// What can be told of the client side without a broker: places to start from, and failing to connect.
#include <gtest/gtest.h>

#include "client/consumer.hpp"

namespace weir::client {
namespace {

TEST(Start, ReadsNamesOffsetsTailsAndTimes) {
    EXPECT_EQ(*parse_start("beginning"), (Start{Start::Kind::beginning, 0}));
    EXPECT_EQ(*parse_start("end"), (Start{Start::Kind::end, 0}));
    EXPECT_EQ(*parse_start("stored"), (Start{Start::Kind::stored, 0}));
    EXPECT_EQ(*parse_start("0"), (Start{Start::Kind::offset, 0}));
    EXPECT_EQ(*parse_start("42"), (Start{Start::Kind::offset, 42}));
    EXPECT_EQ(*parse_start("-42"), (Start{Start::Kind::tail, 42}));
    EXPECT_EQ(*parse_start("@1700000000000"), (Start{Start::Kind::timestamp, 1'700'000'000'000}));
}

TEST(Start, RefusesAnythingElse) {
    for (const auto* text : {"", "-", "@", "@-5", "4 2", "42x", "0x10", "begin", "99999999999999999999"}) {
        const auto start = parse_start(text);
        ASSERT_FALSE(start) << text;
        EXPECT_EQ(start.error().code, Errc::invalid_argument);
    }
}

TEST(Connection, SaysWhereNobodyAnswers) {
    // Port 9 of the loopback address is discard's, which no machine offers any more.
    const auto connection = Connection::open(Role::producer, {.bootstrap = "127.0.0.1:9"});
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::timed_out);
    EXPECT_NE(connection.error().message.find("127.0.0.1:9"), std::string::npos);
}

TEST(Connection, RefusesUnknownProperties) {
    const auto connection = Connection::open(Role::producer, {.properties = {{"no.such.property", "1"}}});
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace weir::client
