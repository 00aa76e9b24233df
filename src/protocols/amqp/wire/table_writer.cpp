// The parts of table writing that need no template.
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {

namespace {

constexpr std::size_t max_name = 255;

bool has_length(FieldType type) {
    return type == FieldType::text || type == FieldType::bytes || type == FieldType::table ||
           type == FieldType::array;
}

}  // namespace

void ValueWriter::value_of(const FieldValue& value) {
    if (has_length(value.type)) return sized(value.type, value.content);
    letter(value.type);
    append(value.content);
}

void TableWriter::name_of(std::string_view name) {
    name = name.substr(0, max_name);
    bytes_.push_back(static_cast<std::uint8_t>(name.size()));
    append(as_bytes(name));
}

}  // namespace weir::amqp
