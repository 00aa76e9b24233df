// Printing of texts, tables and any method.
#include "protocols/amqp/wire/printer.hpp"

#include "protocols/amqp/wire/utf8.hpp"

namespace weir::amqp {

namespace {

std::string hex(ByteView bytes) {
    std::string text;
    for (const auto byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    return text;
}

std::string print_content(const FieldValue& value) {
    if (const auto integer = value.as_integer()) return fmt::format("{}", *integer);
    if (const auto boolean = value.as_bool()) return *boolean ? "true" : "false";
    if (const auto number = value.as_double()) return fmt::format("{}", *number);
    if (const auto decimal = value.as_decimal())
        return fmt::format("[{},{}]", decimal->scale, decimal->digits);
    if (const auto seconds = value.as_timestamp()) return fmt::format("{}", *seconds);
    if (const auto table = value.as_table()) return print(*table);
    if (const auto array = value.as_array()) return print(*array);
    if (value.type == FieldType::bytes) return fmt::format("\"{}\"", hex(value.content));
    if (const auto text = value.as_text()) return quoted(*text);
    return "null";
}

}  // namespace

std::string quoted(std::string_view text) {
    const bool is_text = is_utf8(text);
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text))
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        else if (c == '"' || c == '\\')
            out += {'\\', c};
        else
            out += c;
    }
    return out + '"';
}

std::string print(const FieldValue& value) {
    return fmt::format("{{\"{}\":{}}}", static_cast<char>(value.type), print_content(value));
}

std::string print(const Table& table) {
    std::string text;
    for (const auto& field : table) {
        if (!text.empty()) text += ',';
        text += quoted(field.name) + ":" + print(field.value);
    }
    return "{" + text + "}";
}

std::string print(const Array& array) {
    std::string text;
    for (const auto& value : array) {
        if (!text.empty()) text += ',';
        text += print(value);
    }
    return "[" + text + "]";
}

std::string print(const Properties& properties) {
    return Printer::print(properties);
}

std::string print(const AnyMethod& method) {
    return std::visit(
        []<Method M>(const M& m) { return fmt::format("{} {}", M::info.name, Printer::print(m)); }, method);
}

}  // namespace weir::amqp
