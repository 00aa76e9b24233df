// Bytes that other codecs make (tests/golden/amqp): weir reads the values they meant and writes their bytes.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "protocols/amqp/wire/frame.hpp"
#include "protocols/amqp/wire/printer.hpp"
#include "support/golden.hpp"

namespace weir::amqp {
namespace {

struct Golden {
    std::string what;
    std::string values;
    Bytes bytes;
};

std::vector<Golden> golden_of(const std::string& file) {
    std::vector<Golden> all;
    for (const auto& line : test::golden_lines("amqp/" + file)) {
        std::istringstream words(line);
        std::string what, values, hex;
        words >> what >> values >> hex;
        all.push_back({what, values, test::from_hex(hex)});
    }
    return all;
}

Frame frame_of(const Bytes& bytes) {
    const auto parsed = parse_frame(bytes, min_frame_max);
    EXPECT_TRUE(std::holds_alternative<Frame>(parsed));
    const auto frame = std::get<Frame>(parsed);
    EXPECT_EQ(frame.size(), bytes.size());
    return frame;
}

Bytes written(const AnyMethod& method) {
    Bytes out;
    std::visit([&](const auto& m) { append_method(out, 7, m); }, method);
    return out;
}

TEST(Golden, EveryMethodIsReadAndWrittenAsTheOthersDo) {
    std::map<std::string, int> seen;
    for (const auto& golden : golden_of("methods.txt")) {
        SCOPED_TRACE(golden.what);
        const auto frame = frame_of(golden.bytes);
        EXPECT_EQ(frame.type, FrameType::method);
        EXPECT_EQ(frame.channel, 7);
        auto payload = frame.payload;
        const auto id = take_method_id(payload);
        ASSERT_TRUE(id.has_value());
        const auto method = decode_method(*id, payload);
        ASSERT_TRUE(method.has_value()) << method.error().message;
        EXPECT_EQ(print(*method), golden.what + " " + golden.values);
        EXPECT_EQ(test::to_hex(written(*method)), test::to_hex(golden.bytes));
        ++seen[golden.what];
    }
    std::size_t methods = 0;
    for_each_method([&]<Method M>(MethodType<M>) {
        EXPECT_EQ(seen[std::string{M::info.name}], 2) << M::info.name;
        ++methods;
    });
    EXPECT_EQ(methods, 66u);
}

TEST(Golden, Properties) {
    const auto all = golden_of("properties.txt");
    EXPECT_EQ(all.size(), 16u);
    for (const auto& golden : all) {
        const auto properties = decode_properties(golden.bytes);
        ASSERT_TRUE(properties.has_value()) << properties.error().message;
        EXPECT_EQ(print(*properties), golden.values);
        EXPECT_EQ(test::to_hex(encode_properties(*properties)), test::to_hex(golden.bytes));
    }
}

TEST(Golden, Tables) {
    const auto all = golden_of("tables.txt");
    EXPECT_GT(all.size(), 20u);
    for (const auto& golden : all) {
        EXPECT_EQ(check_table(golden.bytes), nullptr);
        EXPECT_EQ(print(Table(golden.bytes)), golden.values);
    }
}

TEST(Golden, Frames) {
    std::map<std::string, Bytes> frames;
    for (const auto& golden : golden_of("frames.txt")) frames[golden.what] = golden.bytes;
    Bytes out;
    append_heartbeat(out);
    EXPECT_EQ(out, frames["heartbeat"]);
    out.clear();
    append_body(out, 7, as_bytes("0123456789"), min_frame_max);
    EXPECT_EQ(out, frames["body"]);
    out.clear();
    Properties properties;
    properties.content_type = "text/plain";
    const auto encoded = encode_properties(properties);
    append_header(out, 7, {.class_id = 60, .body_size = 10, .properties = encoded});
    EXPECT_EQ(out, frames["header"]);
    const auto header = parse_content_header(frame_of(out).payload);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->body_size, 10u);
    EXPECT_EQ(decode_properties(header->properties)->content_type, "text/plain");
}

}  // namespace
}  // namespace weir::amqp
