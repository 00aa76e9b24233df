// Expirations, and what is wrong with those that are none.
#include "protocols/amqp/message_facts.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/arguments.hpp"

namespace weir::amqp {
namespace {

std::string mistake(std::string_view expiration) {
    const auto read = read_expiration(expiration);
    const auto* text = std::get_if<std::string>(&read);
    return text ? *text : std::to_string(std::get<std::int64_t>(read));
}

TEST(Expiration, IsADecimalNumber) {
    EXPECT_EQ(mistake("60000"), "60000");
    EXPECT_EQ(mistake("+05"), "5");
    EXPECT_EQ(mistake("-0"), "0");
    EXPECT_EQ(mistake("315360000000"), "315360000000");
}

TEST(Expiration, WhatIsWrongIsToldInRabbitMqsWords) {
    for (const auto* text : {"", "soon", " 5", "+", "-"}) EXPECT_EQ(mistake(text), "no_integer") << text;
    EXPECT_EQ(mistake("1.5"), "{leftover_string,\".5\"}");
    EXPECT_EQ(mistake("-1"), "{value_negative,-1}");
    EXPECT_EQ(mistake("315360000001"), "{value_too_large,315360000001}");
    EXPECT_EQ(mistake("099999999999999999999"), "{value_too_large,99999999999999999999}");
}

TEST(Properties, AreCheckedBeforeTheyAreActedBy) {
    Properties properties;
    EXPECT_EQ(mistake_in(properties), std::nullopt);
    EXPECT_EQ(expiration_ms(properties), -1);
    properties.expiration = "5";
    EXPECT_EQ(expiration_ms(properties), 5);
    properties.expiration = "x";
    EXPECT_EQ(mistake_in(properties), "invalid expiration 'x': no_integer");
}

}  // namespace
}  // namespace weir::amqp
