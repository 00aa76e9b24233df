// What commands print: record formats, JSON, tables, percentiles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/histogram.hpp"
#include "app/process_usage.hpp"
#include "app/record_format.hpp"
#include "app/terminal.hpp"

namespace weir::app {
namespace {

using testing::HasSubstr;

client::Record sample() {
    return {"orders", 3, 42, 1'700'000'000'000, "k", "value", {{"a", "1"}, {"b", std::nullopt}}};
}

std::string formatted(std::string_view format, const client::Record& record) {
    const auto parsed = RecordFormat::parse(format);
    EXPECT_TRUE(parsed) << parsed.error().message;
    std::string out;
    if (parsed) parsed->append(out, record);
    return out;
}

TEST(RecordFormat, PrintsEachField) {
    EXPECT_EQ(formatted("%t:%p:%o %T %k=%s [%h] %K %S%%\\n", sample()),
              "orders:3:42 1700000000000 k=value [a=1,b=NULL] 1 5%\n");
}

TEST(RecordFormat, TellsNullFromEmpty) {
    client::Record record{"t", 0, 0, -1, std::nullopt, "", {}};
    EXPECT_EQ(formatted("%k|%K|%s|%S|%h", record), "NULL|-1||0|");
}

TEST(RecordFormat, UnderstandsEscapes) {
    EXPECT_EQ(formatted("\\t\\r\\n\\\\\\x41\\0", sample()), std::string("\t\r\n\\A\0", 6));
}

TEST(RecordFormat, SaysWhereItIsWrong) {
    for (const auto* format : {"%", "ab%q", "\\", "\\q", "\\x4", "\\xzz"}) {
        const auto parsed = RecordFormat::parse(format);
        ASSERT_FALSE(parsed) << format;
        EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    }
    EXPECT_THAT(RecordFormat::parse("ab%q").error().message, HasSubstr("at character 3 of 'ab%q'"));
}

TEST(RecordJson, HoldsEverything) {
    std::string out;
    append_json(out, sample());
    EXPECT_EQ(out, R"({"topic":"orders","partition":3,"offset":42,"timestamp_ms":1700000000000,)"
                   R"("key":"k","value":"value",)"
                   R"("headers":[{"name":"a","value":"1"},{"name":"b","value":null}]})"
                   "\n");
}

TEST(RecordJson, EncodesWhatIsNotText) {
    std::string out;
    append_json(out, {"t", 0, 0, 0, "\xff", std::string_view{"\xff\x00\x01\x02", 4}, {}});
    EXPECT_THAT(out, HasSubstr(R"("key_base64":"/w==")"));
    EXPECT_THAT(out, HasSubstr(R"("value_base64":"/wABAg==")"));
}

TEST(Table, SetsNumbersToTheRightAndTextToTheLeft) {
    Table table{{"NAME", "N"}};
    table.add({"a", "1"});
    table.add({"long one", "1000"});
    EXPECT_EQ(table.text(false), "NAME         N\na            1\nlong one  1000\n");
    EXPECT_THAT(table.text(true), testing::StartsWith("\x1b[1mNAME"));
}

TEST(Table, CountsCharactersNotBytes) {
    Table table{{"A", "B"}};
    table.add({"\xc3\xa4", "x"});
    table.add({"bb", "y"});
    EXPECT_EQ(table.text(false), "A   B\n\xc3\xa4   x\nbb  y\n");
}

TEST(Wrapped, BreaksAtSpaces) {
    EXPECT_EQ(wrapped("one two three", 8), "one two\nthree");
    EXPECT_EQ(wrapped("unbreakable word", 4), "unbreakable\nword");
    EXPECT_EQ(wrapped("short", 80), "short");
}

TEST(Histogram, IsExactForSmallValues) {
    Histogram histogram;
    for (int i = 1; i <= 100; ++i) histogram.record(i);
    EXPECT_EQ(histogram.count(), 100u);
    EXPECT_EQ(histogram.percentile(0.5), 50);
    EXPECT_EQ(histogram.percentile(0.99), 99);
    EXPECT_EQ(histogram.percentile(1), 100);
    EXPECT_EQ(histogram.percentile(0), 1);
    EXPECT_EQ(histogram.max(), 100);
    EXPECT_DOUBLE_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, IsWithinOnePercentForAllValues) {
    for (std::int64_t value = 1; value < std::int64_t{1} << 40; value = value * 9 / 8 + 1) {
        Histogram histogram;
        histogram.record(value);
        histogram.record((std::int64_t{1} << 40) + 5);
        const auto found = histogram.percentile(0.5);
        EXPECT_GE(found, value);
        EXPECT_LE(static_cast<double>(found - value), static_cast<double>(value) * 0.01) << value;
        EXPECT_EQ(histogram.max(), std::int64_t{1} << 40);
    }
}

TEST(Histogram, AddsUp) {
    Histogram all, one;
    EXPECT_EQ(all.percentile(0.99), 0);
    one.record(-5);
    one.record(1000);
    all.add(one);
    all.add(one);
    EXPECT_EQ(all.count(), 4u);
    EXPECT_EQ(all.percentile(0.25), 0);
    EXPECT_EQ(all.max(), 1000);
}

TEST(ProcessUsage, KnowsThisProcess) {
    const auto usage = process_usage(::getpid());
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->resident_bytes, 1 << 20);
    EXPECT_GE(usage->peak_resident_bytes, usage->resident_bytes);
    EXPECT_LE(usage->cpu_seconds, own_cpu_seconds() + 0.05);
    EXPECT_EQ(process_usage(0x7fffffff).error().code, Errc::not_found);
}

}  // namespace
}  // namespace weir::app
