// Field tables: every type by value, kept byte for byte, and nothing that lies about its length.
#include "protocols/amqp/wire/field_table.hpp"

#include <gtest/gtest.h>

#include "protocols/amqp/wire/printer.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "support/amqp_visitors.hpp"
#include "support/golden.hpp"

namespace weir::amqp {
namespace {

TEST(FieldTable, EveryTypeHasItsValue) {
    const auto writer = test::AmqpFiller::table_of_all_types();
    const auto table = writer.table();
    EXPECT_EQ(check_table(table.bytes()), nullptr);
    EXPECT_EQ(table.find("t")->as_bool(), true);
    EXPECT_EQ(table.find("b")->as_integer(), -1);
    EXPECT_EQ(table.find("B")->as_integer(), 200);
    EXPECT_EQ(table.find("s")->as_integer(), -300);
    EXPECT_EQ(table.find("u")->as_integer(), 60000);
    EXPECT_EQ(table.find("I")->as_integer(), -70000);
    EXPECT_EQ(table.find("i")->as_integer(), 4000000000);
    EXPECT_EQ(table.find("l")->as_integer(), -5000000000);
    EXPECT_EQ(table.find("L")->as_integer(), -72057594037927935);  // signed, as 'l' is
    EXPECT_EQ(table.find("f")->as_double(), 1.5);
    EXPECT_EQ(table.find("d")->as_double(), -2.25);
    EXPECT_EQ(table.find("D")->as_decimal(), (Decimal{2, 314}));
    EXPECT_EQ(table.find("S")->as_text(), "text");
    EXPECT_EQ(table.find("T")->as_timestamp(), 1777863721u);
    EXPECT_EQ(table.find("x")->as_text()->size(), 3u);
    EXPECT_EQ(table.find("V")->type, FieldType::nothing);
    EXPECT_EQ(table.find("F")->as_table()->find("deep")->as_text(), "text");
    EXPECT_EQ(print(*table.find("A")->as_array()),
              R"([{"I":1},{"S":"two"},{"F":{"deep":{"S":"text"},"nothing":{"V":null}}}])");
    EXPECT_EQ(table.find("none"), std::nullopt);
    for (const auto& field : table) EXPECT_EQ(field.name[0], static_cast<char>(field.value.type));
}

TEST(FieldTable, AccessorsRefuseOtherTypes) {
    const auto writer = test::AmqpFiller::table_of_all_types();
    const auto text = *writer.table().find("S");
    EXPECT_EQ(text.as_integer(), std::nullopt);
    EXPECT_EQ(text.as_bool(), std::nullopt);
    EXPECT_EQ(text.as_double(), std::nullopt);
    EXPECT_EQ(text.as_decimal(), std::nullopt);
    EXPECT_EQ(text.as_timestamp(), std::nullopt);
    EXPECT_FALSE(text.as_table().has_value());
    EXPECT_FALSE(text.as_array().has_value());
    EXPECT_EQ(writer.table().find("I")->as_text(), std::nullopt);
}

// As section 4.2.5.5 with RabbitMQ's errata, written by hand: the types that the golden codecs never write.
TEST(FieldTable, RareTypesByHand) {
    const auto bytes = test::from_hex(
        "0142 42 ff"
        "014c 4c ffffffffffffffff"
        "0164 64 4002000000000000");
    ASSERT_EQ(check_table(bytes), nullptr);
    EXPECT_EQ(print(Table(bytes)), R"({"B":{"B":255},"L":{"L":-1},"d":{"d":2.25}})");
}

TEST(FieldTable, CopiedValuesKeepTheirBytes) {
    const auto writer = test::AmqpFiller::table_of_all_types();
    TableWriter copy;
    for (const auto& field : writer.table()) copy.add(field.name, field.value);
    EXPECT_EQ(test::to_hex(copy.table().bytes()), test::to_hex(writer.table().bytes()));
}

TEST(FieldTable, CutOnesAreRefusedOrShorter) {
    const auto writer = test::AmqpFiller::table_of_all_types();
    const auto bytes = writer.table().bytes();
    std::size_t whole = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        whole += check_table(cut) == nullptr;
        for (const auto& field : Table(cut)) EXPECT_LE(field.value.content.size(), size);
    }
    EXPECT_EQ(whole, 18u);  // one for each place between two of its fields, and the empty table
}

TEST(FieldTable, LengthsBeyondTheTableAreRefused) {
    for (const char* hex :
         {"0161 53 00000001", "0161 53 ffffffff 00", "0161 46 00000002 01", "0161 41 7fffffff",
          "0161 78 00000005 01020304", "05 61", "ff", "0161", "0161 7a 00"}) {
        EXPECT_NE(check_table(test::from_hex(hex)), nullptr) << hex;
    }
}

TEST(FieldTable, DepthIsLimited) {
    const auto nested = [](int depth) {
        Bytes bytes;
        for (int i = 1; i < depth; ++i) {
            TableWriter outer;
            outer.add("t", Table(bytes));
            const auto made = outer.table().bytes();
            bytes.assign(made.begin(), made.end());
        }
        return bytes;
    };
    EXPECT_EQ(check_table(nested(max_table_depth)), nullptr);
    EXPECT_NE(check_table(nested(max_table_depth + 1)), nullptr);
}

TEST(FieldTable, NamesAreCutToAShortString) {
    TableWriter writer;
    writer.add(std::string(300, 'n'), true);
    EXPECT_EQ(writer.table().begin()->name.size(), 255u);
}

TEST(FieldTable, TypesHaveRabbitMqsNames) {
    EXPECT_EQ(name(FieldType::int32), "signedint");
    EXPECT_EQ(name(FieldType::text), "longstr");
    EXPECT_EQ(name(FieldType::long_int64), "long");
}

}  // namespace
}  // namespace weir::amqp
