// Properties and field tables to record headers, and back.
#include "protocols/amqp/record_mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "protocols/amqp/wire/utf8.hpp"

namespace weir::amqp {

namespace {

namespace names = message::header;
using Headers = std::vector<message::Header>;

constexpr std::array reserved_for_records{record_timestamp_header, record_key_header, record_tombstone_header,
                                          headers_omitted_header};
constexpr std::array of_deliveries{stream_offset_header, stream_partition_header, delivery_count_header};

bool is_one_of(const auto& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

Bytes copy(std::string_view text) {
    return {text.begin(), text.end()};
}

// Calls visit(header name, member) for each property but the headers, in wire order.
void for_each_property(auto& properties, auto visit) {
    visit(names::content_type, properties.content_type);
    visit(names::content_encoding, properties.content_encoding);
    visit(names::delivery_mode, properties.delivery_mode);
    visit(names::priority, properties.priority);
    visit(names::correlation_id, properties.correlation_id);
    visit(names::reply_to, properties.reply_to);
    visit(names::expiration, properties.expiration);
    visit(names::message_id, properties.message_id);
    visit(names::timestamp, properties.timestamp);
    visit(names::type, properties.type);
    visit(names::user_id, properties.user_id);
    visit(names::app_id, properties.app_id);
    visit(names::cluster_id, properties.cluster_id);
}

// ---- a header's value as a property, if it is one

bool is_short_text(std::string_view text) {
    return text.size() <= max_short_string && is_utf8(text);
}

bool take(std::string_view text, std::optional<std::string_view>& out) {
    if (!is_short_text(text)) return false;
    out = text;
    return true;
}

// Only as it is written back: "5" and not "05".
template <class Number>
bool take(std::string_view text, std::optional<Number>& out) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || fmt::format("{}", number) != text)
        return false;
    out = number;
    return true;
}

// ---- fields of tables as header values, and back

std::optional<Bytes> header_value(const FieldValue& value) {
    switch (value.type) {
        case FieldType::nothing: return std::nullopt;
        case FieldType::text:
        case FieldType::bytes: return Bytes{value.content.begin(), value.content.end()};
        case FieldType::boolean: return copy(value.as_bool().value_or(false) ? "true" : "false");
        case FieldType::float32:
        case FieldType::float64: return copy(fmt::format("{}", value.as_double().value_or(0)));
        case FieldType::timestamp: return copy(fmt::format("{}", value.as_timestamp().value_or(0)));
        case FieldType::decimal:
        case FieldType::array:
        case FieldType::table: return copy(topology::to_text(neutral(value)));
        default: return copy(fmt::format("{}", value.as_integer().value_or(0)));
    }
}

void add_field(TableWriter& table, std::string_view name, const std::optional<ByteView>& value) {
    if (!value) {
        table.add(name, nullptr);
    } else if (is_utf8(as_text(*value))) {
        table.add(name, as_text(*value));
    } else {
        table.add(name, *value);
    }
}

// ---- to a record

void add_properties(Headers& headers, const Properties& properties, std::string_view except) {
    for_each_property(properties, [&](std::string_view name, const auto& value) {
        if (value && name != except) headers.push_back({std::string{name}, copy(fmt::format("{}", *value))});
    });
}

// What a record's own headers may be called.
bool is_kept(std::string_view name) {
    return !is_one_of(reserved_for_records, name) && !is_one_of(of_deliveries, name);
}

// A name that stands for something else in the record of a message that was published.
bool is_taken(std::string_view name) {
    bool is = name == names::exchange || name == names::routing_key || name == properties_header;
    const Properties none;
    for_each_property(none, [&](std::string_view property, const auto&) { is |= name == property; });
    return is;
}

template <class Keep>
void add_table(Headers& headers, const Properties& properties, Keep keep) {
    if (!properties.headers) return;
    for (const auto& field : *properties.headers) {
        if (keep(field.name)) headers.push_back({std::string{field.name}, header_value(field.value)});
    }
}

std::optional<FieldValue> field_of(const Properties& properties, std::string_view name) {
    return properties.headers ? properties.headers->find(name) : std::nullopt;
}

std::optional<Bytes> record_key(const Properties& properties) {
    const auto key = field_of(properties, record_key_header);
    const auto text = key ? key->as_text() : std::nullopt;
    return text ? std::optional{copy(*text)} : std::nullopt;
}

std::optional<Bytes> record_value(const Publish& publish) {
    const auto tombstone = field_of(publish.properties, record_tombstone_header);
    if (publish.body.empty() && tombstone && tombstone->as_bool().value_or(false)) return std::nullopt;
    return Bytes{publish.body.begin(), publish.body.end()};
}

// The properties without what only a delivery has.
Bytes lasting(const Publish& publish) {
    const auto& properties = publish.properties;
    if (!properties.headers || std::ranges::none_of(of_deliveries, [&](auto name) {
            return properties.headers->find(name).has_value();
        })) {
        return {publish.property_bytes.begin(), publish.property_bytes.end()};
    }
    TableWriter table;
    for (const auto& field : *properties.headers) {
        if (!is_one_of(of_deliveries, field.name)) table.add(field.name, field.value);
    }
    auto kept = properties;
    kept.headers = table.table();
    return encode_properties(kept);
}

// ---- from a record

// A record's headers, sorted out.
struct Sorted {
    Properties properties;
    TableWriter table;
    bool has_fields = false;
    std::optional<std::string_view> exchange, routing_key;
    std::optional<ByteView> exact;  // the properties as they came

    Bytes encoded() {
        if (has_fields) properties.headers = table.table();
        return encode_properties(properties);
    }
};

bool take_property(Properties& properties, std::string_view name, std::string_view text) {
    bool is_taken = false;
    for_each_property(properties, [&](std::string_view property, auto& value) {
        if (property == name && !value) is_taken = take(text, value);
    });
    return is_taken;
}

// Those of a message that was published.
Sorted sort_published(const std::vector<message::HeaderView>& headers) {
    Sorted out;
    for (const auto& one : headers) {
        if (one.value) {
            const auto text = as_text(*one.value);
            if (one.key == names::exchange && take(text, out.exchange)) continue;
            if (one.key == names::routing_key && take(text, out.routing_key)) continue;
            if (take_property(out.properties, one.key, text)) continue;
        }
        if (one.key == properties_header) {
            out.exact = one.value;
        } else if (is_short_text(one.key)) {
            add_field(out.table, one.key, one.value);
            out.has_fields = true;
        }
    }
    return out;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Those of any other record: only its broker vouches for who made a message, and its time is the record's.
bool is_property_of_record(std::string_view name, std::string_view text) {
    if (name == names::user_id || name == names::timestamp) return false;
    return name != names::expiration || is_number(text);
}

// Headers of one name keep their order: none behind one that stays a header becomes a property.
Sorted sort_foreign(const std::vector<message::HeaderView>& headers) {
    Sorted out;
    std::set<std::string_view> left;
    for (const auto& one : headers) {
        const auto text = one.value ? as_text(*one.value) : std::string_view{};
        const bool may_be_property =
            one.value && !left.contains(one.key) && is_property_of_record(one.key, text);
        if (may_be_property && take_property(out.properties, one.key, text)) continue;
        left.insert(one.key);
        if (is_kept(one.key) && is_short_text(one.key)) add_field(out.table, one.key, one.value);
    }
    return out;
}

std::vector<message::HeaderView> views(const Headers& headers) {
    std::vector<message::HeaderView> out;
    for (const auto& one : headers) {
        out.push_back({one.name, one.value ? std::optional{ByteView{*one.value}} : std::nullopt});
    }
    return out;
}

// Whether these are what add_properties() and add_table() make of the properties.
bool are_of(const std::vector<message::HeaderView>& headers, ByteView property_bytes) {
    const auto properties = decode_properties(property_bytes);
    if (!properties) return false;
    Headers made;
    add_properties(made, *properties, "");
    add_table(made, *properties, [](std::string_view name) { return is_kept(name) && !is_taken(name); });
    auto expected = made.begin();
    for (const auto& one : headers) {
        if (one.key == names::exchange || one.key == names::routing_key || one.key == properties_header)
            continue;
        if (expected == made.end() || expected->name != one.key) return false;
        const auto& value = expected++->value;
        if (value.has_value() != one.value.has_value()) return false;
        if (value && !std::ranges::equal(*value, *one.value)) return false;
    }
    return expected == made.end();
}

std::string key_as_routing_key(const std::optional<ByteView>& key) {
    return key && is_short_text(as_text(*key)) ? std::string{as_text(*key)} : std::string{};
}

// The routing key of a published message that no header tells.
std::string implied_routing_key(const std::optional<ByteView>& key, std::string_view exchange,
                                std::string_view topic) {
    if (key) return key_as_routing_key(key);
    return exchange.empty() ? std::string{topic} : std::string{};
}

void add_place(TableWriter& table, const message::RecordView& record, const RecordPlace& place) {
    table.add(stream_offset_header, record.offset.value);
    if (place.partition) table.add(stream_partition_header, *place.partition);
    if (place.delivery_count) table.add(delivery_count_header, std::int64_t{*place.delivery_count});
}

Bytes with_place(ByteView property_bytes, const message::RecordView& record, const RecordPlace& place) {
    const auto decoded = decode_properties(property_bytes);
    auto properties = decoded ? *decoded : Properties{};
    TableWriter table;
    if (properties.headers) {
        for (const auto& field : *properties.headers) table.add(field.name, field.value);
    }
    add_place(table, record, place);
    properties.headers = table.table();
    return encode_properties(properties);
}

void add_record_fields(TableWriter& table, const message::RecordView& record) {
    table.add(record_timestamp_header, record.timestamp_ms);
    if (record.key) add_field(table, record_key_header, record.key);
    if (!record.value) table.add(record_tombstone_header, true);
}

Bytes foreign_properties(Sorted sorted, const message::RecordView& record, const RecordPlace& place) {
    add_record_fields(sorted.table, record);
    add_place(sorted.table, record, place);
    if (record.timestamp_ms >= 0)
        sorted.properties.timestamp = static_cast<std::uint64_t>(record.timestamp_ms / 1000);
    sorted.has_fields = true;
    return sorted.encoded();
}

Bytes without_headers(const message::RecordView& record, const RecordPlace& place) {
    Sorted none;
    none.table.add(headers_omitted_header, true);
    return foreign_properties(std::move(none), record, place);
}

message::Record as_record_again(const Publish& publish, std::int64_t timestamp_ms) {
    message::Record record{.timestamp_ms = timestamp_ms,
                           .key = record_key(publish.properties),
                           .value = record_value(publish),
                           .headers = {}};
    add_properties(record.headers, publish.properties, names::timestamp);
    add_table(record.headers, publish.properties, is_kept);
    return record;
}

}  // namespace

message::Record to_record(const Publish& publish, std::string_view topic, std::int64_t now_ms) {
    const auto& [method, properties, bytes, body] = publish;
    const auto time = field_of(properties, record_timestamp_header);
    if (time && time->as_integer()) return as_record_again(publish, *time->as_integer());
    message::Record record{
        .timestamp_ms = now_ms, .key = record_key(properties), .value = record_value(publish), .headers = {}};
    if (!record.key && !method.exchange.empty() && !method.routing_key.empty())
        record.key = copy(method.routing_key);
    auto& headers = record.headers;
    add_properties(headers, properties, "");
    add_table(headers, properties, [](std::string_view name) { return is_kept(name) && !is_taken(name); });
    headers.push_back({std::string{names::exchange}, copy(method.exchange)});
    const auto key = record.key ? std::optional{ByteView{*record.key}} : std::nullopt;
    if (implied_routing_key(key, method.exchange, topic) != method.routing_key)
        headers.push_back({std::string{names::routing_key}, copy(method.routing_key)});
    const auto kept = lasting(publish);
    if (sort_published(views(headers)).encoded() != kept)
        headers.push_back({std::string{properties_header}, kept});
    return record;
}

MappedMessage from_record(const message::RecordView& record, const RecordPlace& place,
                          std::size_t max_property_bytes) {
    const auto headers = record.headers();
    auto sorted = sort_published(headers);
    MappedMessage out;
    if (sorted.exchange) {
        out.exchange = *sorted.exchange;
        out.routing_key = sorted.routing_key ? std::string{*sorted.routing_key}
                                             : implied_routing_key(record.key, out.exchange, place.topic);
        const bool is_exact = sorted.exact && are_of(headers, *sorted.exact);
        out.properties =
            is_exact ? with_place(*sorted.exact, record, place) : with_place(sorted.encoded(), record, place);
    } else {
        out.routing_key = record.key ? key_as_routing_key(record.key) : std::string{place.topic};
        out.properties = foreign_properties(sort_foreign(headers), record, place);
    }
    if (out.properties.size() > max_property_bytes) out.properties = without_headers(record, place);
    return out;
}

}  // namespace weir::amqp
