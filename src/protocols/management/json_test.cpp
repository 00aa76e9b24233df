// What clients send is read as they mean it, or refused with the field's name.
#include "protocols/management/json.hpp"

#include <gtest/gtest.h>

#include "protocols/management/entity_json.hpp"
#include "protocols/management/message_json.hpp"

namespace weir::management {
namespace {

using topology::Integer;
using topology::Value;

Json parsed(std::string_view text) {
    auto out = parse_json(text);
    EXPECT_TRUE(out);
    return out->json;
}

TEST(Json, KeepsArgumentsTypes) {
    const auto json = parsed(R"({"a": 1, "b": "x", "c": true, "d": 1.5, "e": [1, null], "f": {"g": -2}})");
    const auto table = to_table(json);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->at("a"), (Value{Integer{1}}));
    EXPECT_EQ(table->at("c"), Value{true});
    EXPECT_EQ(to_json(*table), json);
    EXPECT_TRUE(to_table(Json::array())->empty());
    EXPECT_TRUE(to_table(nullptr)->empty());
    EXPECT_FALSE(to_table(parsed("[1]")));
}

TEST(Json, RefusesWhatIsTooDeepOrTooLarge) {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "{\"a\":[";
    deep += "1";
    for (int i = 0; i < 100; ++i) deep += "]}";
    EXPECT_FALSE(to_table(parsed(deep)));
    EXPECT_FALSE(to_table(parsed(R"({"a": 18446744073709551615})")));
    EXPECT_FALSE(parse_json("{"));
    EXPECT_TRUE(parse_json(" ")->json.empty());
}

TEST(Fields, AreReadAsClientsWriteThem) {
    const auto json = parsed(R"({"yes": "true", "no": false, "number": "7", "tags": "a, b", "list": ["c"]})");
    Fields fields{json};
    EXPECT_TRUE(fields.flag("yes", false));
    EXPECT_FALSE(fields.flag("no", true));
    EXPECT_TRUE(fields.flag("absent", true));
    EXPECT_EQ(fields.integer("number", 0), 7);
    EXPECT_EQ(fields.words("tags"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(fields.words("list"), std::vector<std::string>{"c"});
    EXPECT_FALSE(fields.error());
    (void)fields.flag("number", false);
    ASSERT_TRUE(fields.error());
    EXPECT_EQ(fields.error()->message, "number must be true or false");
    (void)fields.must_text("absent");
    EXPECT_EQ(fields.error()->message, "number must be true or false");  // the first one
    const auto list = Json::array();
    EXPECT_TRUE(Fields{list}.error());
}

TEST(Entities, GoThereAndBack) {
    const auto exchange = parsed(
        R"({"type": "topic", "durable": "true", "auto_delete": "false",
            "arguments": {"alternate-exchange": "x"}})");
    Fields fields{exchange};
    const auto read = read_exchange(fields, "v", "e");
    ASSERT_FALSE(fields.error());
    EXPECT_EQ(read.kind, topology::ExchangeKind::pattern);
    const auto written = exchange_json(read);
    Fields again{written};
    EXPECT_EQ(read_exchange(again, "v", "e"), read);
    const auto delayed = parsed(R"({"type": "x-delayed-message", "arguments": {"x-delayed-type": "topic"}})");
    Fields late{delayed};
    EXPECT_TRUE(read_exchange(late, "v", "e").is_delayed);
    EXPECT_FALSE(late.error());
    const auto odd = parsed(R"({"type": "x-odd"})");
    Fields wrong{odd};
    (void)read_exchange(wrong, "v", "e");
    EXPECT_EQ(wrong.error()->message, "unknown exchange type 'x-odd'");
}

TEST(Entities, WhatHasNoValueHasRabbitMqsWord) {
    const topology::Table arguments{{"a", Value{}}, {"b", topology::List{Value{}, Value{1}}}};
    const auto written = queue_json({.host = "v", .name = "q", .arguments = arguments});
    EXPECT_EQ(written["arguments"], parsed(R"({"a": "undefined", "b": ["undefined", 1]})"));
    Fields fields{written};
    EXPECT_EQ(read_queue(fields, "v", "q").arguments, arguments);
}

TEST(Entities, UsersComeWithTheirHashes) {
    const auto json = parsed(
        R"({"password_hash": "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR",
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"]})");
    Fields fields{json};
    const auto user = read_user(fields, "u");
    ASSERT_FALSE(fields.error());
    ASSERT_EQ(user.credentials.size(), 1);
    EXPECT_EQ(user_json(user)["password_hash"], json["password_hash"]);
    const auto md5 =
        parsed(R"({"password_hash": "AAAA", "hashing_algorithm": "rabbit_password_hashing_md5"})");
    Fields old{md5};
    EXPECT_TRUE(read_user(old, "u").credentials.empty());
    EXPECT_TRUE(old.error());
}

TEST(Entities, BindingsAreNamedByKeyAndArguments) {
    topology::Binding binding{.host = "/", .source = "s", .destination = "d"};
    EXPECT_EQ(properties_key(binding), "~");
    binding.key = "a.*~";
    EXPECT_EQ(properties_key(binding), "a.%2A%7E");
    binding.arguments["x"] = Value{1};
    binding.arguments_code = {1, 2};
    const auto one = properties_key(binding);
    binding.arguments_code = {1, 3};
    EXPECT_NE(properties_key(binding), one);
    EXPECT_TRUE(one.starts_with("a.%2A%7E~"));
}

TEST(Messages, PropertiesGoThereAndBack) {
    const auto json = parsed(
        R"({"content_type": "text/plain", "delivery_mode": 2, "priority": 3, "timestamp": 1700000000,
            "headers": {"n": 1, "list": [true, null, "x"], "table": {"d": 1.5}}})");
    const auto bytes = property_bytes(json);
    ASSERT_TRUE(bytes);
    auto shown = json;
    shown["headers"]["list"][1] = "undefined";
    EXPECT_EQ(properties_json(*bytes), shown);
    EXPECT_EQ(properties_json(*property_bytes(Json::array())), Json::object());
    EXPECT_FALSE(property_bytes(parsed(R"({"delivery_mode": 300})")));
    EXPECT_FALSE(property_bytes(parsed(R"({"content_type": 1})")));
    EXPECT_FALSE(property_bytes(parsed(R"({"headers": [1]})")));
    EXPECT_FALSE(property_bytes(Json{{"message_id", std::string(256, 'x')}}));
}

TEST(Messages, PayloadsAreTextWhereTheyCanBe) {
    const auto text = payload_of(as_bytes("héllo"), true, 1000);
    EXPECT_EQ(text.encoding, "string");
    EXPECT_EQ(text.text, "héllo");
    const Bytes binary{0xff, 0xfe};
    EXPECT_EQ(payload_of(binary, true, 1000).encoding, "base64");
    EXPECT_EQ(*body_of(payload_of(binary, true, 1000).text, "base64"), binary);
    EXPECT_EQ(payload_of(as_bytes("hello"), true, 2).text, "he");
    const Bytes large(std::size_t{3} << 20, 7);
    EXPECT_EQ(*body_of(payload_of(large, false, SIZE_MAX).text, "base64"), large);
    EXPECT_FALSE(body_of("!", "base64"));
    EXPECT_FALSE(body_of("x", "odd"));
}

}  // namespace
}  // namespace weir::management
