// The texts of errors, as an Erlang broker prints them.
#include "protocols/amqp/frame_error.hpp"

#include <gtest/gtest.h>

namespace weir::amqp {
namespace {

TEST(ErlangBinary, PrintsTextAsTextAndTheRestAsNumbers) {
    EXPECT_EQ(erlang_binary({}), "<<>>");
    EXPECT_EQ(erlang_binary(as_bytes("a \"b\"\\\n")), R"(<<"a \"b\"\\\n">>)");
    EXPECT_EQ(erlang_binary(Bytes{'a', 0, 255}), "<<97,0,255>>");
    EXPECT_EQ(erlang_binary(Bytes{27}), R"(<<"\e">>)");
}

TEST(ReplyText, IsCutWhereACharacterBegins) {
    EXPECT_EQ(reply_text({ReplyCode::not_found, "no queue"}), "NOT_FOUND - no queue");
    const auto text =
        reply_text({ReplyCode::not_found, std::string(239, 'x') + "\xc3\xa9" + std::string(50, 'y')});
    EXPECT_EQ(text, "NOT_FOUND - " + std::string(239, 'x') + "...");
    EXPECT_EQ(reply_text({ReplyCode::not_found, std::string(500, 'x')}).size(), max_short_string);
}

}  // namespace
}  // namespace weir::amqp
