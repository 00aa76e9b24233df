// Walking and checking field tables: every length is compared with the bytes there before it is used.
#include "protocols/amqp/wire/field_table.hpp"

#include <bit>

namespace weir::amqp {

namespace {

// How many bytes a value of a type takes; -1: a 32-bit length and that many, -2: there is no such type.
constexpr int size_of(FieldType type) {
    switch (type) {
        case FieldType::nothing: return 0;
        case FieldType::boolean:
        case FieldType::int8:
        case FieldType::uint8: return 1;
        case FieldType::int16:
        case FieldType::uint16: return 2;
        case FieldType::int32:
        case FieldType::uint32:
        case FieldType::float32: return 4;
        case FieldType::decimal: return 5;
        case FieldType::int64:
        case FieldType::long_int64:
        case FieldType::float64:
        case FieldType::timestamp: return 8;
        case FieldType::text:
        case FieldType::bytes:
        case FieldType::array:
        case FieldType::table: return -1;
    }
    return -2;
}

std::optional<ByteView> take(ByteView& in, std::size_t size) {
    if (size > in.size()) return std::nullopt;
    const auto taken = in.first(size);
    in = in.subspan(size);
    return taken;
}

std::optional<std::string_view> take_name(ByteView& in) {
    const auto size = take(in, 1);
    if (!size) return std::nullopt;
    const auto name = take(in, size->front());
    return name ? std::optional{as_text(*name)} : std::nullopt;
}

std::optional<TableField> take_field(ByteView& in) {
    const auto name = take_name(in);
    if (!name) return std::nullopt;
    const auto value = take_value(in);
    return value ? std::optional{TableField{*name, *value}} : std::nullopt;
}

const char* check_value(const FieldValue& value, int depth) {
    if (value.type == FieldType::table) return check_table(value.content, depth - 1);
    if (value.type == FieldType::array) return check_array(value.content, depth - 1);
    return nullptr;
}

}  // namespace

std::optional<FieldValue> take_value(ByteView& in) {
    const auto letter = take(in, 1);
    if (!letter) return std::nullopt;
    const auto type = static_cast<FieldType>(letter->front());
    auto size = std::int64_t{size_of(type)};
    if (size == -2) return std::nullopt;
    if (size == -1) {
        const auto length = take(in, 4);
        if (!length) return std::nullopt;
        size = load_big<std::uint32_t>(length->data());
    }
    const auto content = take(in, static_cast<std::size_t>(size));
    return content ? std::optional{FieldValue{type, *content}} : std::nullopt;
}

Table::Iterator& Table::Iterator::operator++() {
    field_ = take_field(rest_);
    return *this;
}

std::optional<FieldValue> Table::find(std::string_view name) const {
    for (const auto& field : *this) {
        if (field.name == name) return field.value;
    }
    return std::nullopt;
}

const char* check_table(ByteView bytes, int depth) {
    if (depth <= 0) return "holds tables or arrays too deep within one another";
    while (!bytes.empty()) {
        const auto field = take_field(bytes);
        if (!field) return "holds a field that is cut short or of an unknown type";
        if (const auto* problem = check_value(field->value, depth)) return problem;
    }
    return nullptr;
}

const char* check_array(ByteView bytes, int depth) {
    if (depth <= 0) return "holds tables or arrays too deep within one another";
    while (!bytes.empty()) {
        const auto value = take_value(bytes);
        if (!value) return "holds an array with a value that is cut short or of an unknown type";
        if (const auto* problem = check_value(*value, depth)) return problem;
    }
    return nullptr;
}

std::optional<bool> FieldValue::as_bool() const {
    return type == FieldType::boolean ? std::optional{content[0] != 0} : std::nullopt;
}

std::optional<std::int64_t> FieldValue::as_integer() const {
    const auto* at = content.data();
    switch (type) {
        case FieldType::int8: return load_big<std::int8_t>(at);
        case FieldType::uint8: return load_big<std::uint8_t>(at);
        case FieldType::int16: return load_big<std::int16_t>(at);
        case FieldType::uint16: return load_big<std::uint16_t>(at);
        case FieldType::int32: return load_big<std::int32_t>(at);
        case FieldType::uint32: return load_big<std::uint32_t>(at);
        case FieldType::int64:
        case FieldType::long_int64: return load_big<std::int64_t>(at);
        default: return std::nullopt;
    }
}

std::optional<double> FieldValue::as_double() const {
    if (type == FieldType::float32) return std::bit_cast<float>(load_big<std::uint32_t>(content.data()));
    if (type == FieldType::float64) return std::bit_cast<double>(load_big<std::uint64_t>(content.data()));
    return std::nullopt;
}

std::optional<Decimal> FieldValue::as_decimal() const {
    if (type != FieldType::decimal) return std::nullopt;
    return Decimal{content[0], load_big<std::uint32_t>(content.data() + 1)};
}

std::optional<std::uint64_t> FieldValue::as_timestamp() const {
    if (type != FieldType::timestamp) return std::nullopt;
    return load_big<std::uint64_t>(content.data());
}

std::optional<std::string_view> FieldValue::as_text() const {
    if (type != FieldType::text && type != FieldType::bytes) return std::nullopt;
    return weir::as_text(content);
}

std::optional<Table> FieldValue::as_table() const {
    return type == FieldType::table ? std::optional{Table(content)} : std::nullopt;
}

std::optional<Array> FieldValue::as_array() const {
    return type == FieldType::array ? std::optional{Array(content)} : std::nullopt;
}

std::string_view name(FieldType type) {
    switch (type) {
        case FieldType::boolean: return "bool";
        case FieldType::int8: return "byte";
        case FieldType::uint8: return "unsignedbyte";
        case FieldType::int16: return "short";
        case FieldType::uint16: return "unsignedshort";
        case FieldType::int32: return "signedint";
        case FieldType::uint32: return "unsignedint";
        case FieldType::int64:
        case FieldType::long_int64: return "long";
        case FieldType::float32: return "float";
        case FieldType::float64: return "double";
        case FieldType::decimal: return "decimal";
        case FieldType::text: return "longstr";
        case FieldType::array: return "array";
        case FieldType::timestamp: return "timestamp";
        case FieldType::table: return "table";
        case FieldType::nothing: return "void";
        case FieldType::bytes: return "binary";
    }
    return "unknown";
}

}  // namespace weir::amqp
