// PLAIN and AMQPLAIN responses, good and bad.
#include "protocols/amqp/credentials.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

using std::string_view_literals::operator""sv;

TEST(Plain, HasUserAndPassword) {
    const auto credentials = decode_credentials("PLAIN", "\0user\0pass word"sv);
    ASSERT_TRUE(credentials.has_value());
    EXPECT_EQ(credentials->user, "user");
    EXPECT_EQ(credentials->password, "pass word");
    EXPECT_EQ(decode_credentials("PLAIN", "\0\0"sv)->user, "");
}

TEST(Plain, AnythingElseIsRefusedAndNotRepeated) {
    for (const auto response :
         {""sv, "user\0pass"sv, "\0user"sv, "admin\0user\0pass"sv, "\0user\0pass\0"sv}) {
        const auto refused = decode_credentials("PLAIN", response);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, Errc::corrupt);
        EXPECT_EQ(refused.error().message.find("pass"), std::string::npos);
    }
}

TEST(Amqplain, NeedsBothFieldsAsText) {
    TableWriter good, missing, wrong;
    good.add("PASSWORD", as_bytes("p")).add("LOGIN", "u");
    missing.add("LOGIN", "u");
    wrong.add("LOGIN", "u").add("PASSWORD", std::int32_t{1});
    const auto read = [](const TableWriter& table) {
        return decode_credentials("AMQPLAIN", as_text(table.table().bytes()));
    };
    EXPECT_EQ(read(good)->user, "u");
    EXPECT_EQ(read(good)->password, "p");
    EXPECT_EQ(read(missing).error().message, "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
    EXPECT_EQ(read(wrong).error().message,
              "AMQPLAIN auth info uses unsupported type for LOGIN or PASSWORD field");
    EXPECT_EQ(decode_credentials("AMQPLAIN", "\x05LOG"sv).error().code, Errc::corrupt);
}

TEST(Anonymous, IsTheUserThatEverybodyKnows) {
    const auto read = decode_credentials("ANONYMOUS", "trace@example.org");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->mechanism, "ANONYMOUS");
    EXPECT_EQ(read->user, "guest");
    EXPECT_EQ(read->password, "guest");
}

TEST(Mechanisms, AreOnlyThoseOffered) {
    EXPECT_EQ(decode_credentials("plain", "\0u\0p"sv).error().code, Errc::unsupported);
    EXPECT_EQ(decode_credentials("EXTERNAL", "").error().message,
              "unknown authentication mechanism 'EXTERNAL'");
}

}  // namespace
}  // namespace weir::amqp
