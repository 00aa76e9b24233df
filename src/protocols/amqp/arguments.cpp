// From AMQP's values to the topology's.
#include "protocols/amqp/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::amqp {
namespace {

using topology::Value;
using topology::Width;

Value neutral_value(const FieldValue& value);

topology::List neutral_list(const Array& array) {
    topology::List list;
    for (const auto& one : array) list.push_back(neutral_value(one));
    return list;
}

Value integer(const FieldValue& value, Width width) {
    return topology::Integer{value.as_integer().value_or(0), width};
}

Value neutral_value(const FieldValue& value) {
    switch (value.type) {
        case FieldType::boolean: return value.as_bool().value_or(false);
        case FieldType::int8: return integer(value, Width::int8);
        case FieldType::uint8: return integer(value, Width::uint8);
        case FieldType::int16: return integer(value, Width::int16);
        case FieldType::uint16: return integer(value, Width::uint16);
        case FieldType::int32: return integer(value, Width::int32);
        case FieldType::uint32: return integer(value, Width::uint32);
        case FieldType::int64:
        case FieldType::long_int64: return integer(value, Width::int64);
        case FieldType::float32: return topology::Real{value.as_double().value_or(0), true};
        case FieldType::float64: return topology::Real{value.as_double().value_or(0), false};
        case FieldType::decimal: {
            const auto decimal = value.as_decimal().value_or(Decimal{});
            return topology::Decimal{decimal.scale, static_cast<std::int32_t>(decimal.digits)};
        }
        case FieldType::timestamp:
            return topology::Timestamp{static_cast<std::int64_t>(value.as_timestamp().value_or(0))};
        case FieldType::text: return std::string{value.as_text().value_or("")};
        case FieldType::bytes: return topology::Blob{{value.content.begin(), value.content.end()}};
        case FieldType::array: return neutral_list(Array(value.content));
        case FieldType::table: return neutral(Table(value.content));
        case FieldType::nothing: return {};
    }
    return {};
}

std::string plain(const Value& value) {
    return value.text() != nullptr ? *value.text() : topology::to_text(value);
}

}  // namespace

std::string_view type_name(const Value& value) {
    static constexpr std::array by_width{FieldType::int8,   FieldType::uint8, FieldType::int16,
                                         FieldType::uint16, FieldType::int32, FieldType::uint32,
                                         FieldType::int64,  FieldType::int64};
    static constexpr std::array by_index{
        FieldType::nothing,   FieldType::boolean, FieldType::int64, FieldType::float64, FieldType::decimal,
        FieldType::timestamp, FieldType::text,    FieldType::bytes, FieldType::array,   FieldType::table};
    if (const auto* number = std::get_if<topology::Integer>(&value))
        return name(by_width.at(static_cast<std::size_t>(number->width)));
    return name(by_index.at(value.index()));
}

std::string not_an_integer(const Value& value) {
    return fmt::format("\"expected integer, got {}\"", type_name(value));
}

std::string unacceptable(const Value& value) {
    return fmt::format("{{unacceptable_type,{}}}", type_name(value));
}

namespace {

struct KindName {
    std::string_view name;
    topology::ExchangeKind kind;
};
constexpr std::array kind_names{
    KindName{"direct", topology::ExchangeKind::direct},
    KindName{"fanout", topology::ExchangeKind::fan_out},
    KindName{"topic", topology::ExchangeKind::pattern},
    KindName{"headers", topology::ExchangeKind::header},
    KindName{"x-consistent-hash", topology::ExchangeKind::consistent_hash},
    KindName{"x-modulus-hash", topology::ExchangeKind::modulus_hash},
    KindName{"x-random", topology::ExchangeKind::random},
};

}  // namespace

topology::Value neutral(const FieldValue& value) {
    return neutral_value(value);
}

topology::Table neutral(const Table& table) {
    topology::Table out;
    for (const auto& field : table) out.try_emplace(std::string{field.name}, neutral_value(field.value));
    return out;
}

std::string argument_text(const std::optional<Value>& value) {
    if (!value) return "none";
    return fmt::format("the value '{}' of type '{}'", plain(*value), type_name(*value));
}

std::string inequivalent_text(std::string_view what, std::string_view host, std::string_view name,
                              const topology::Difference& difference) {
    const auto attribute = difference.attribute == "kind"          ? "type"
                           : difference.attribute == "auto-delete" ? "auto_delete"
                           : difference.attribute == "owner"       ? "exclusive"
                                                                   : difference.attribute;
    const auto text = [&](const std::optional<Value>& value) -> std::string {
        if (!difference.received || !difference.current) return argument_text(value);
        return value->is_none() ? "none" : fmt::format("'{}'", plain(*value));
    };
    return fmt::format("inequivalent arg '{}' for {} '{}' in vhost '{}': received {} but current is {}",
                       attribute, what, name, host, text(difference.received), text(difference.current));
}

const std::vector<topology::ComparedArgument>& compared_exchange_arguments() {
    static const std::vector<topology::ComparedArgument> compared{
        {"alternate-exchange"}, {"hash-header"}, {"hash-property"}};
    return compared;
}

std::optional<std::string> header_match_mistake(const topology::Table& arguments) {
    static constexpr std::array<std::string_view, 4> known{"all", "any", "all-with-x", "any-with-x"};
    const auto match = arguments.find("x-match");
    if (match == arguments.end()) return std::nullopt;
    const auto* word = match->second.text();
    if (word == nullptr) {
        return fmt::format("Invalid x-match field type {} (value {}); expected longstr",
                           type_name(match->second), topology::to_text(match->second));
    }
    if (std::ranges::find(known, *word) != known.end()) return std::nullopt;
    return fmt::format("Invalid x-match field value <<\"{}\">>; expected all, any, all-with-x, or any-with-x",
                       *word);
}

bool is_on(const topology::Table& settings, std::string_view name) {
    const auto at = settings.find(name);
    return at != settings.end() && at->second.flag().value_or(false);
}

std::optional<std::size_t> limit_of(const topology::Table& settings, std::string_view name) {
    const auto at = settings.find(std::string{name});
    const auto limit = at == settings.end() ? std::nullopt : at->second.integer();
    return limit && *limit >= 0 ? std::optional{static_cast<std::size_t>(*limit)} : std::nullopt;
}

std::optional<topology::ExchangeKind> exchange_kind(std::string_view type) {
    const auto* at = std::ranges::find(kind_names, type, &KindName::name);
    return at == kind_names.end() ? std::nullopt : std::optional{at->kind};
}

std::string_view exchange_type(topology::ExchangeKind kind) {
    const auto* at = std::ranges::find(kind_names, kind, &KindName::kind);
    return at == kind_names.end() ? "unknown" : at->name;
}

std::variant<ExchangeType, std::string> declared_type(std::string_view type, const Table& arguments) {
    if (type != delayed_type) {
        if (const auto kind = exchange_kind(type)) return ExchangeType{*kind};
        return fmt::format("{} exchange type '{}'", type.empty() ? "invalid" : "unknown", type);
    }
    const auto argument = arguments.find(delayed_type_argument);
    const auto kind = exchange_kind(argument ? argument->as_text().value_or("") : "");
    if (kind) return ExchangeType{*kind, true};
    return fmt::format("Invalid argument, '{}' must be an existing exchange type", delayed_type_argument);
}

std::string_view exchange_type(const topology::Exchange& exchange) {
    return exchange.is_delayed ? delayed_type : exchange_type(exchange.kind);
}

const topology::Table& RoutedHeaders::table() const {
    if (!table_) table_ = properties_.headers ? neutral(*properties_.headers) : topology::Table{};
    return *table_;
}

std::string RoutedHeaders::property(std::string_view name) const {
    if (name == "message_id") return std::string{properties_.message_id.value_or("")};
    if (name == "correlation_id") return std::string{properties_.correlation_id.value_or("")};
    if (name == "timestamp" && properties_.timestamp) return std::to_string(*properties_.timestamp);
    return "";
}

}  // namespace weir::amqp
