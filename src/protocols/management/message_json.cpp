// Properties by their names, which are the same on both sides.
#include "protocols/management/message_json.hpp"

#include "broker/access/password.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "protocols/amqp/wire/utf8.hpp"

namespace weir::management {

namespace {

Bytes table_bytes(const Json& json);
Bytes array_bytes(const Json& json);

// `add` takes a value of any type that a table can have.
template <class Add>
void add_value(const Json& json, const Add& add) {
    switch (json.type()) {
        case Json::value_t::boolean: return add(json.get<bool>());
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned: return add(json.get<std::int64_t>());
        case Json::value_t::number_float: return add(json.get<double>());
        case Json::value_t::string: return add(std::string_view{json.get_ref<const std::string&>()});
        case Json::value_t::array: {
            const auto bytes = array_bytes(json);
            return add(amqp::Array{bytes});
        }
        case Json::value_t::object: {
            const auto bytes = table_bytes(json);
            return add(amqp::Table{bytes});
        }
        default: return add(nullptr);
    }
}

Bytes table_bytes(const Json& json) {
    amqp::TableWriter writer;
    for (const auto& [name, one] : json.items())
        add_value(one, [&writer, &its = name](const auto& value) { writer.add(its, value); });
    const auto view = writer.table().bytes();
    return {view.begin(), view.end()};
}

Bytes array_bytes(const Json& json) {
    amqp::ArrayWriter writer;
    for (const auto& one : json) add_value(one, [&writer](const auto& value) { writer.add(value); });
    const auto view = writer.array().bytes();
    return {view.begin(), view.end()};
}

// Fills properties, whose texts view the JSON.
struct PropertyReader {
    const Json& json;
    Bytes headers{};
    std::optional<Error> error{};

    void wrong(std::string_view name) {
        if (!error) error = Error{Errc::invalid_argument, fmt::format("the property {} can't be so", name)};
    }
    const Json* find(std::string_view name) const {
        const auto at = json.find(name);
        return at == json.end() || at->is_null() ? nullptr : &*at;
    }
    void field(std::string_view name, std::optional<std::string_view>& out) {
        const auto* at = find(name);
        if (at == nullptr) return;
        if (!at->is_string() || at->get_ref<const std::string&>().size() > amqp::max_short_string)
            return wrong(name);
        out = at->get_ref<const std::string&>();
    }
    void field(std::string_view name, std::optional<amqp::Table>& out) {
        const auto* at = find(name);
        if (at == nullptr || (at->is_array() && at->empty())) return;
        if (!at->is_object() || !to_table(*at)) return wrong(name);  // which also checks its depth
        headers = table_bytes(*at);
        out = amqp::Table{headers};
    }
    template <class Number>
    void field(std::string_view name, std::optional<Number>& out) {
        const auto* at = find(name);
        if (at == nullptr) return;
        if (!at->is_number_unsigned() || at->get<std::uint64_t>() > std::numeric_limits<Number>::max())
            return wrong(name);
        out = at->get<Number>();
    }
};

struct PropertyWriter {
    Json out = Json::object();

    template <class T>
    void field(std::string_view name, const std::optional<T>& value) {
        if (value) out[std::string{name}] = *value;
    }
    void field(std::string_view name, const std::optional<amqp::Table>& value) {
        if (value) out[std::string{name}] = arguments_json(amqp::neutral(*value));
    }
};

}  // namespace

Result<Bytes> property_bytes(const Json& properties) {
    if (properties.is_array() && properties.empty()) return amqp::encode_properties({});
    if (!properties.is_object()) return Error{Errc::invalid_argument, "properties are an object"};
    PropertyReader reader{properties};
    amqp::Properties read;
    amqp::Properties::fields(read, reader);
    if (reader.error) return *reader.error;
    return amqp::encode_properties(read);
}

Json properties_json(ByteView bytes) {
    const auto properties = amqp::decode_properties(bytes);
    PropertyWriter writer;
    if (properties) amqp::Properties::fields(*properties, writer);
    return std::move(writer.out);
}

Payload payload_of(ByteView body, bool is_plain, std::size_t most) {
    const auto part = body.first(std::min(most, body.size()));
    if (is_plain && amqp::is_utf8(as_text(part))) return {std::string{as_text(part)}, "string"};
    return {access::to_base64(part), "base64"};
}

Result<Bytes> body_of(const std::string& payload, const std::string& encoding) {
    if (encoding == "base64") {
        constexpr std::size_t group = 1 << 19;  // of characters that are decoded at a time
        Bytes out;
        for (std::size_t at = 0; at < payload.size(); at += group) {
            const auto part = access::from_base64(std::string_view{payload}.substr(at, group));
            if (!part) return part.error();
            out.insert(out.end(), part->begin(), part->end());
        }
        return out;
    }
    if (encoding != "string") {
        return Error{Errc::invalid_argument, fmt::format("payload_encoding does not know '{}'", encoding)};
    }
    const auto bytes = as_bytes(payload);
    return Bytes{bytes.begin(), bytes.end()};
}

}  // namespace weir::management
