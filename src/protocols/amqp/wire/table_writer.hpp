// Builds a field table or an array, a value after the other.
#pragma once

#include <bit>
#include <string_view>
#include <utility>

#include "protocols/amqp/wire/field_table.hpp"

namespace weir::amqp {

// What both writers below share: values behind one another.
class ValueWriter {
  protected:
    void letter(FieldType type) { bytes_.push_back(static_cast<std::uint8_t>(type)); }
    template <class Integer>
    void number(FieldType type, Integer value) {
        letter(type);
        raw(value);
    }
    void sized(FieldType type, ByteView content) {
        letter(type);
        raw(static_cast<std::uint32_t>(content.size()));
        append(content);
    }
    void value_of(bool value) { number(FieldType::boolean, static_cast<std::uint8_t>(value)); }
    void value_of(std::int8_t value) { number(FieldType::int8, value); }
    void value_of(std::uint8_t value) { number(FieldType::uint8, value); }
    void value_of(std::int16_t value) { number(FieldType::int16, value); }
    void value_of(std::uint16_t value) { number(FieldType::uint16, value); }
    void value_of(std::int32_t value) { number(FieldType::int32, value); }
    void value_of(std::uint32_t value) { number(FieldType::uint32, value); }
    void value_of(std::int64_t value) { number(FieldType::int64, value); }
    void value_of(float value) { number(FieldType::float32, std::bit_cast<std::uint32_t>(value)); }
    void value_of(double value) { number(FieldType::float64, std::bit_cast<std::uint64_t>(value)); }
    void value_of(std::string_view value) { sized(FieldType::text, as_bytes(value)); }
    void value_of(const char* value) { value_of(std::string_view{value}); }
    void value_of(ByteView value) { sized(FieldType::bytes, value); }
    void value_of(const Table& value) { sized(FieldType::table, value.bytes()); }
    void value_of(const Array& value) { sized(FieldType::array, value.bytes()); }
    void value_of(Decimal value) {
        number(FieldType::decimal, value.scale);
        raw(value.digits);
    }
    void value_of(std::nullptr_t) { letter(FieldType::nothing); }
    void value_of(const FieldValue& value);

    template <class Integer>
    void raw(Integer value) {
        bytes_.resize(bytes_.size() + sizeof value);
        store_big(bytes_.data() + bytes_.size() - sizeof value, value);
    }
    void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    Bytes bytes_;
};

// The type of a value is that of the argument: std::int32_t becomes an 'I', a text an 'S', ByteView an 'x',
// nullptr a 'V', and a FieldValue what it was.
class TableWriter : private ValueWriter {
  public:
    // A name longer than a short string may be is cut.
    template <class T>
    TableWriter& add(std::string_view name, const T& value) {
        name_of(name);
        value_of(value);
        return *this;
    }
    TableWriter& add_timestamp(std::string_view name, std::uint64_t seconds) {
        name_of(name);
        number(FieldType::timestamp, seconds);
        return *this;
    }
    // Views the writer's own bytes.
    Table table() const { return Table(bytes_); }

  private:
    void name_of(std::string_view name);
};

class ArrayWriter : private ValueWriter {
  public:
    template <class T>
    ArrayWriter& add(const T& value) {
        value_of(value);
        return *this;
    }
    Array array() const { return Array(bytes_); }
};

}  // namespace weir::amqp
