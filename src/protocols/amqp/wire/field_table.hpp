// Field tables and arrays (AMQP 0-9-1 section 4.2.5.5), as views of their encoded bytes.
//
// The bytes are kept as they came, so that what a client puts into headers comes out with the same types.
// The types are RabbitMQ's, which differ from the specification's: 's' is a short and not a short string, and
// both 'l' and 'L' are signed.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace weir::amqp {

inline constexpr int max_table_depth = 32;  // tables and arrays within one another

enum class FieldType : char {
    boolean = 't',
    int8 = 'b',
    uint8 = 'B',
    int16 = 's',
    uint16 = 'u',
    int32 = 'I',
    uint32 = 'i',
    int64 = 'l',
    long_int64 = 'L',  // the same again: some clients write it so
    float32 = 'f',
    float64 = 'd',
    decimal = 'D',  // an octet that says how many digits follow the point, and 32 bits
    text = 'S',
    array = 'A',
    timestamp = 'T',  // seconds since 1970-01-01 UTC, unsigned
    table = 'F',
    nothing = 'V',
    bytes = 'x',
};

struct Decimal {
    std::uint8_t scale = 0;
    std::uint32_t digits = 0;
    bool operator==(const Decimal&) const = default;
};

class Table;
class Array;

// One value of a table or array. Accessors give nothing if the value is of another type.
struct FieldValue {
    FieldType type = FieldType::nothing;
    ByteView content;  // without the length that stands before a text, bytes, table or array

    std::optional<bool> as_bool() const;
    // Of any of the integer types, which all compare by value.
    std::optional<std::int64_t> as_integer() const;
    std::optional<double> as_double() const;  // of either float type
    std::optional<Decimal> as_decimal() const;
    std::optional<std::uint64_t> as_timestamp() const;
    std::optional<std::string_view> as_text() const;  // of a text or of bytes
    std::optional<Table> as_table() const;
    std::optional<Array> as_array() const;
};

// RabbitMQ's word for a type, as its errors name it: "longstr", "signedint".
std::string_view name(FieldType type);

// Takes the next value from `in`; nothing if it is cut short or of an unknown type. Does not look into
// tables and arrays.
std::optional<FieldValue> take_value(ByteView& in);

struct TableField {
    std::string_view name;
    FieldValue value;
};

// A table's fields in their order. Views bytes that check_table() has found good; whoever walks over others
// sees what comes before the first mistake.
class Table {
  public:
    class Iterator {
      public:
        using value_type = TableField;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(ByteView rest) : rest_(rest) { ++*this; }
        const TableField& operator*() const { return *field_; }
        const TableField* operator->() const { return &*field_; }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return !field_; }

      private:
        ByteView rest_;
        std::optional<TableField> field_;
    };

    Table() = default;
    explicit Table(ByteView bytes) : bytes_(bytes) {}

    ByteView bytes() const { return bytes_; }  // without the length that stands before them
    bool empty() const { return bytes_.empty(); }
    Iterator begin() const { return Iterator(bytes_); }
    std::default_sentinel_t end() const { return {}; }
    // The first value of that name.
    std::optional<FieldValue> find(std::string_view name) const;

  private:
    ByteView bytes_;
};

// An array's values in their order; views bytes as a Table does.
class Array {
  public:
    class Iterator {
      public:
        using value_type = FieldValue;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(ByteView rest) : rest_(rest) { ++*this; }
        const FieldValue& operator*() const { return *value_; }
        const FieldValue* operator->() const { return &*value_; }
        Iterator& operator++() {
            value_ = take_value(rest_);
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return !value_; }

      private:
        ByteView rest_;
        std::optional<FieldValue> value_;
    };

    Array() = default;
    explicit Array(ByteView bytes) : bytes_(bytes) {}

    ByteView bytes() const { return bytes_; }
    Iterator begin() const { return Iterator(bytes_); }
    std::default_sentinel_t end() const { return {}; }

  private:
    ByteView bytes_;
};

// What is wrong with a table's or an array's bytes, as a phrase; null if nothing is.
const char* check_table(ByteView bytes, int depth = max_table_depth);
const char* check_array(ByteView bytes, int depth = max_table_depth);

}  // namespace weir::amqp
