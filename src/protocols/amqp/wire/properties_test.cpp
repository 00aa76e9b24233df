// Properties: any of them there or not, and flags that stand for none refused.
#include "protocols/amqp/wire/properties.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/wire/printer.hpp"
#include "support/amqp_visitors.hpp"
#include "support/golden.hpp"

namespace weir::amqp {
namespace {

TEST(Properties, ComeBackWhole) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        const auto properties = test::AmqpFiller::make<Properties>(seed);
        const auto bytes = encode_properties(properties);
        const auto back = decode_properties(bytes);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        ASSERT_EQ(print(*back), print(properties));
        ASSERT_EQ(encode_properties(*back), bytes);
    }
}

TEST(Properties, FailCleanlyWhereverTheyAreCut) {
    for (std::uint32_t seed = 0; seed < 30; ++seed) {
        const auto bytes = encode_properties(test::AmqpFiller::make<Properties>(seed));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            ASSERT_FALSE(decode_properties(cut).has_value()) << "cut at " << size;
        }
    }
}

TEST(Properties, AnEmptyValueIsNotNone) {
    Properties properties;
    properties.content_type = "";
    properties.headers = Table{};
    EXPECT_EQ(print(*decode_properties(encode_properties(properties))),
              R"({"content_type":"","headers":{}})");
}

TEST(Properties, MoreFlagWordsMayComeButSayNothing) {
    EXPECT_EQ(print(*decode_properties(test::from_hex("1001 0000 02"))), R"({"delivery_mode":2})");
    EXPECT_EQ(print(*decode_properties(test::from_hex("1001 0001 0000 02"))), R"({"delivery_mode":2})");
    for (const char* hex : {"1001 8000 02", "1001 02", "1002 02", "1001", "1000 02 00", "0000 00"}) {
        EXPECT_FALSE(decode_properties(test::from_hex(hex)).has_value()) << hex;
    }
}

}  // namespace
}  // namespace weir::amqp
