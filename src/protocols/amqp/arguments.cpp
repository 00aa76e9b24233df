// From AMQP's values to the topology's, and from arguments to a queue's configuration.
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

std::string plain(const Value& value) {
    return value.text() != nullptr ? *value.text() : topology::to_text(value);
}

// Reads the arguments one by one; the first that can't be is told.
class ConfigReader {
  public:
    explicit ConfigReader(const topology::Queue& queue) : queue_(queue) {}

    void number(const char* name, std::int64_t least, std::int64_t most, auto& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        const auto number = value->integer();
        if (!number || *number < least || *number > most) return wrong(name, "a number in its range");
        out = static_cast<std::remove_reference_t<decltype(out)>>(*number);
    }
    void flag(const char* name, bool& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->flag()) return wrong(name, "true or false");
        out = *value->flag();
    }
    void one_of(const char* name, std::initializer_list<std::string_view> words) {
        const auto* value = find(name);
        if (value == nullptr) return;
        const auto is_one = value->text() && std::ranges::find(words, *value->text()) != words.end();
        if (!is_one) wrong(name, "one of the values that weir serves");
    }
    void refuse(const char* name) {
        if (find(name) != nullptr) wrong(name, "absent: weir does not serve it yet");
    }
    const Value* find(const char* name) const {
        const auto at = queue_.arguments.find(name);
        return at == queue_.arguments.end() ? nullptr : &at->second;
    }
    const std::string& mistake() const { return mistake_; }

  private:
    void wrong(const char* name, const char* wanted) {
        if (!mistake_.empty()) return;
        mistake_ = fmt::format("invalid arg '{}' for queue '{}' in vhost '{}': must be {}", name, queue_.name,
                               queue_.host, wanted);
    }

    const topology::Queue& queue_;
    std::string mistake_;
};

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

const std::vector<topology::ComparedArgument>& compared_queue_arguments() {
    static const std::vector<topology::ComparedArgument> compared{{"x-expires"},
                                                                  {"x-message-ttl"},
                                                                  {"x-max-length"},
                                                                  {"x-max-length-bytes"},
                                                                  {"x-overflow"},
                                                                  {"x-max-priority"},
                                                                  {"x-single-active-consumer"},
                                                                  {"x-subscription-topic"},
                                                                  {"x-subscription-start"},
                                                                  {"x-subscription-key-order"},
                                                                  {"x-queue-type", Value{"classic"}}};
    return compared;
}

const std::vector<topology::ComparedArgument>& compared_exchange_arguments() {
    static const std::vector<topology::ComparedArgument> compared{
        {"alternate-exchange"}, {"hash-header"}, {"hash-property"}};
    return compared;
}

std::variant<queue::QueueConfig, std::string> queue_config(const topology::Queue& queue) {
    constexpr std::int64_t most = std::int64_t{1} << 53;
    queue::QueueConfig config{.auto_delete = queue.is_auto_delete};
    ConfigReader reader{queue};
    reader.number("x-message-ttl", 0, most, config.message_ttl_ms);
    reader.number("x-expires", 1, most, config.expires_ms);
    reader.number("x-max-length", 0, most, config.max_length);
    reader.number("x-max-length-bytes", 0, most, config.max_bytes);
    reader.number("x-max-priority", 0, 255, config.max_priority);
    reader.flag("x-single-active-consumer", config.single_active_consumer);
    reader.one_of("x-overflow", {"drop-head", "reject-publish"});
    reader.one_of("x-queue-type", {"classic"});
    for (const auto* name : {"x-dead-letter-exchange", "x-dead-letter-routing-key", "x-delivery-limit"})
        reader.refuse(name);
    if (!reader.mistake().empty()) return reader.mistake();
    const auto* overflow = reader.find("x-overflow");
    if (overflow != nullptr && *overflow->text() == "reject-publish")
        config.overflow = queue::Overflow::reject;
    return config;
}

std::optional<topology::ExchangeKind> exchange_kind(std::string_view type) {
    const auto* at = std::ranges::find(kind_names, type, &KindName::name);
    return at == kind_names.end() ? std::nullopt : std::optional{at->kind};
}

std::string_view exchange_type(topology::ExchangeKind kind) {
    const auto* at = std::ranges::find(kind_names, kind, &KindName::kind);
    return at == kind_names.end() ? "unknown" : at->name;
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
