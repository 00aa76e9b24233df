// The types a field may have, those included that no message uses yet, against bytes worked out by hand.
#include "protocols/kafka/wire/schema.hpp"

#include <gtest/gtest.h>

#include "protocols/kafka/wire/frame.hpp"
#include "support/golden.hpp"
#include "support/kafka_visitors.hpp"

namespace weir::kafka {
namespace {

inline constexpr Api sample_api{
    .key = 999, .name = "Sample", .versions = between(0, 3), .flexible = since(2)};

struct Point {
    std::int8_t x = 1;
    std::int16_t y = 2;

    bool operator==(const Point&) const = default;
    static void fields(auto& m, auto&& v) {
        v.field(m.x, {.name = "x"});
        v.field(m.y, {.name = "y"});
    }
};

struct Sample {
    static constexpr const Api& api = sample_api;

    double ratio = 0;
    std::optional<Point> maybe;
    std::vector<std::int8_t> small;
    Bytes raw;
    std::int32_t level = -7;
    Point corner;
    std::optional<std::string> note;
    std::optional<Point> far;
    Uuid id;

    static void fields(auto& m, auto&& v) {
        v.field(m.ratio, {.name = "ratio"});
        v.field(m.maybe, {.name = "maybe", .nullable = since(1)});
        v.field(m.small, {.name = "small", .in = since(1)});
        v.field(m.raw, {.name = "raw", .in = since(1)});
        v.field(m.level, {.name = "level", .in = since(2), .tag = 0, .unset = -7});
        v.field(m.corner, {.name = "corner", .in = since(2), .tag = 3});
        v.field(m.note, {.name = "note", .in = since(2), .nullable = since(2), .tag = 4});
        v.field(m.far, {.name = "far", .in = since(3), .nullable = since(3), .tag = 200});
        v.field(m.id, {.name = "id", .in = since(3), .tag = 300});
    }
};

std::string hex(const Sample& sample, std::int16_t version) {
    Bytes out;
    detail::put_body(out, sample, version, nullptr);
    return test::to_hex(out);
}

Result<Sample> unhex(const std::string& text, std::int16_t version) {
    return decode_response<Sample>(version, test::from_hex(text));
}

void expect_bytes(const Sample& sample, std::int16_t version, const std::string& text) {
    EXPECT_EQ(test::to_hex(test::from_hex(text)), hex(sample, version));
    const auto back = unhex(text, version);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(test::KafkaPrinter::print(*back, version), test::KafkaPrinter::print(sample, version));
}

TEST(Schema, NullableStructsBeginWithAByte) {
    Sample sample;
    sample.ratio = -1.5;
    const std::string ratio = "bff8000000000000";
    expect_bytes(sample, 1, ratio + "ff 00000000 00000000");
    sample.maybe = {5, -2};
    expect_bytes(sample, 0, ratio + "05fffe");  // version 0 has no null, hence no byte
    expect_bytes(sample, 1, ratio + "01 05fffe 00000000 00000000");
    expect_bytes(sample, 2, ratio + "01 05fffe00 01 01 00");
    EXPECT_FALSE(unhex(ratio + "01 05ff", 1).has_value());
}

TEST(Schema, BytesAndSmallIntegersAreDifferentArrays) {
    Sample sample;
    sample.small = {1, -1};
    sample.raw = {7, 8, 9};
    expect_bytes(sample, 1, "0000000000000000 ff 00000002 01ff 00000003 070809");
    expect_bytes(sample, 2, "0000000000000000 ff 03 01ff 04 070809 00");
}

TEST(Schema, OnlyTagsThatDifferFromTheirDefaultsAreSent) {
    Sample sample;
    const std::string untagged = "0000000000000000 ff 01 01";
    expect_bytes(sample, 3, untagged + "00");
    sample.level = 0;
    expect_bytes(sample, 3, untagged + "01 00 04 00000000");
    sample.level = -7;
    sample.corner = {1, 3};
    sample.note = "";
    sample.far = {9, 9};
    expect_bytes(sample, 3, untagged + "03 03 04 01000300 04 01 01 c801 05 01 09000900");
    expect_bytes(sample, 2, untagged + "02 03 04 01000300 04 01 01");
}

TEST(Schema, ATagsSizeMayTakeSeveralBytes) {
    Sample sample;
    sample.note = std::string(300, 'n');
    std::string text = "0000000000000000 ff 01 01 01 04 ae02 ad02";
    for (int i = 0; i < 300; ++i) text += "6e";
    expect_bytes(sample, 2, text);
    sample.note = std::nullopt;
    sample.id.bytes[0] = 0xaa;
    expect_bytes(sample, 3, "0000000000000000 ff 01 01 01 ac02 10 aa000000000000000000000000000000");
}

TEST(Schema, LengthsThatOverflowAreRefused) {
    const std::string before = "0000000000000000 ff ";
    EXPECT_FALSE(unhex(before + "ffffffffff01 01 00", 2).has_value());            // 2^35 elements
    EXPECT_FALSE(unhex(before + "ffffffffffffffffffff01 01 00", 2).has_value());  // more than 64 bits
    EXPECT_FALSE(unhex(before + "ffffffff0f 01 00", 2).has_value());              // 2^32 - 2 elements
    EXPECT_FALSE(unhex(before + "7fffffff 00000000", 1).has_value());
    EXPECT_FALSE(unhex(before + "00000000 7fffffff", 1).has_value());
    EXPECT_FALSE(unhex(before + "00000000 ffffffff", 1).has_value());  // null bytes
    EXPECT_TRUE(unhex(before + "00000000 00000000", 1).has_value());
}

TEST(Schema, MinimumSizesBoundArrays) {
    EXPECT_EQ(minimum_size<Point>(1, false), 3u);
    EXPECT_EQ(minimum_size<Point>(2, true), 4u);
    EXPECT_EQ(minimum_size<Sample>(0, false), 9u);
    EXPECT_EQ(minimum_size<Sample>(1, false), 17u);
    EXPECT_EQ(minimum_size<std::vector<Uuid>>(1, true), 1u);
}

// A description with every mistake that the lint looks for.
struct Wrong {
    static constexpr const Api& api = sample_api;
    std::int32_t a = 5;
    std::int32_t b = 0;
    std::optional<std::string> c;
    std::int32_t d = 0;

    static void fields(auto& m, auto&& v) {
        v.field(m.a, {.name = "a", .in = since(2), .tag = 1});
        v.field(m.b, {.name = "a", .in = since(1), .tag = 1});
        v.field(m.c, {.name = "c"});
        v.field(m.d, {.name = "d", .in = since(4)});
    }
};

TEST(Schema, TheLintFindsMistakes) {
    EXPECT_EQ(test::KafkaLint::check<Sample>(), "");
    EXPECT_EQ(test::KafkaLint::check<Wrong>(),
              "Sample.a has a default that it would send\n"
              "Sample.a is there twice\n"
              "Sample.a has a tag that does not ascend\n"
              "Sample.a is tagged in a version that is not flexible\n"
              "Sample.c is nullable by type or by version, but not by both\n"
              "Sample.d is in no version\n");
}

}  // namespace
}  // namespace weir::kafka
