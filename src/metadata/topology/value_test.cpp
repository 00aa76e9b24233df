// Values: comparison by value, showing them, their bytes, and patterns.
#include "metadata/topology/value.hpp"

#include <gtest/gtest.h>

#include "metadata/topology/format.hpp"
#include "metadata/topology/pattern.hpp"

namespace weir::topology {
namespace {

Value integer(std::int64_t value, Width width) {
    return Integer{value, width};
}

Table everything() {
    return {{"bool", true},
            {"decimal", Decimal{2, -314}},
            {"list", List{1, "two", List{}}},
            {"none", Value{}},
            {"real", Real{0.5, true}},
            {"table", Table{{"a", Table{{"b", Blob{{1, 2, 3}}}}}}},
            {"time", Timestamp{1'700'000'000}},
            {"uint64", integer(-1, Width::uint64)}};
}

TEST(Value, IntegersOfAllWidthsCompareByValue) {
    EXPECT_EQ(integer(10, Width::int8), integer(10, Width::uint32));
    EXPECT_NE(integer(10, Width::int8), integer(11, Width::int8));
    EXPECT_NE(integer(-1, Width::uint64), integer(-1, Width::int64));  // 2^64 - 1
    EXPECT_EQ(integer(-1, Width::uint64).integer(), std::nullopt);
    EXPECT_EQ(integer(7, Width::uint64).integer(), 7);
}

TEST(Value, ClassesAreNotMixed) {
    EXPECT_NE(Value{1}, Value{true});
    EXPECT_NE(Value{1}, (Value{Real{1}}));
    EXPECT_NE(Value{"1"}, Value{1});
    EXPECT_NE(Value{"ab"}, (Value{Blob{{'a', 'b'}}}));
    EXPECT_NE(Value{}, Value{false});
    EXPECT_EQ((Value{Real{0.5, true}}), (Value{Real{0.5, false}}));
    EXPECT_EQ((Value{List{1, "x"}}), (Value{List{integer(1, Width::int64), "x"}}));
}

TEST(Value, IsShownAsAPersonReadsIt) {
    EXPECT_EQ(to_text(10), "10");
    EXPECT_EQ(to_text(integer(-1, Width::uint64)), "18446744073709551615");
    EXPECT_EQ(to_text("text"), "'text'");
    EXPECT_EQ(to_text(List{1, true, Value{}}), "[1, true, none]");
    EXPECT_EQ(to_text(Table{{"a", 1}, {"b", "x"}}), "{a: 1, b: 'x'}");
    EXPECT_LT(to_text(List(10'000, Value{"many"})).size(), 300u);
    EXPECT_EQ(class_name(Timestamp{1}), "timestamp");
}

TEST(Value, ComesBackFromItsBytesWithItsTypes) {
    const auto bytes = encoded(everything());
    FieldReader in{bytes};
    const auto back = read_table(in);
    EXPECT_TRUE(in.ok() && in.at_end());
    EXPECT_EQ(back, everything());
    EXPECT_EQ(encoded(back), bytes);  // widths, too
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        FieldReader part{ByteView{bytes}.first(cut)};
        (void)read_table(part);
        EXPECT_FALSE(part.ok()) << cut;
    }
}

TEST(Value, TablesThatAreTooDeepOrTooLongAreRefused) {
    Value deep{1};
    for (std::size_t i = 0; i < max_table_depth; ++i) deep = List{deep};
    EXPECT_EQ(check_table({{"a", deep}}).error().code, Errc::invalid_argument);
    EXPECT_TRUE(check_table({{"a", std::get<List>(deep).front()}}));
    const auto bytes = encoded({{"a", deep}});
    FieldReader in{bytes};
    (void)read_table(in);
    EXPECT_FALSE(in.ok());
    EXPECT_FALSE(check_table({{"a", std::string(max_table_bytes, 'x')}}));
    EXPECT_TRUE(check_table(everything()));
}

TEST(Value, TheDeepestTableThatIsTakenCanBeRead) {
    Value deep{1};
    for (std::size_t i = 0; i + 1 < max_table_depth; ++i) deep = List{deep};
    const Table table{{"a", deep}};
    ASSERT_TRUE(check_table(table));
    const auto bytes = encoded(table);
    FieldReader in{bytes};
    EXPECT_EQ(read_table(in), table);
    EXPECT_TRUE(in.ok());
}

TEST(Pattern, MatchesAnywhereUnlessAnchored) {
    EXPECT_TRUE(Pattern::compile("orders")->matches("my.orders.1"));
    EXPECT_FALSE(Pattern::compile("^orders$")->matches("my.orders"));
    EXPECT_TRUE(Pattern::compile("^amq\\.(direct|fanout)$")->matches("amq.fanout"));
    EXPECT_TRUE(Pattern::compile(".*")->matches(""));
    EXPECT_TRUE(Pattern::compile("")->matches("anything"));
    EXPECT_TRUE(Pattern::compile("^$")->matches(""));
    EXPECT_FALSE(Pattern::compile("^$")->matches("a"));
    EXPECT_TRUE(Pattern::compile("^.{2}$")->matches("\xff\xfe"));  // bytes, whatever they are
    EXPECT_FALSE(Pattern{}.matches(""));
    EXPECT_FALSE(Pattern::lenient("(").matches("("));
}

TEST(Pattern, WhatCanNotBeMatchedInTimeIsRefused) {
    EXPECT_EQ(Pattern::compile("(").error().code, Errc::invalid_argument);
    EXPECT_EQ(Pattern::compile("(?=a)b").error().code, Errc::invalid_argument);
    EXPECT_EQ(Pattern::compile("(a)\\1").error().code, Errc::invalid_argument);
    EXPECT_EQ(Pattern::compile(std::string(max_pattern_bytes + 1, 'a')).error().code, Errc::invalid_argument);
}

// A matcher that goes back would take longer than the universe has been there.
TEST(Pattern, CatastrophicPatternsTakeNoTime) {
    const std::string text(255, 'a');
    EXPECT_FALSE(Pattern::compile("^(a+)+$")->matches(text + "b"));
    EXPECT_FALSE(Pattern::compile("^(a|aa)+$")->matches(text + "b"));
    EXPECT_FALSE(Pattern::compile("(.*a){20}b")->matches(text));
}

TEST(Pattern, QuotedOnesMatchJustTheText) {
    const auto pattern = Pattern::compile("^" + quoted_pattern("a.b*[c]") + "$");
    EXPECT_TRUE(pattern->matches("a.b*[c]"));
    EXPECT_FALSE(pattern->matches("aXb*[c]"));
}

}  // namespace
}  // namespace weir::topology
