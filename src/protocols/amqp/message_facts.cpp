// Reads properties and headers that weir acts by.
#include "protocols/amqp/message_facts.hpp"

#include <fmt/format.h>

#include <charconv>

#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/delivered_properties.hpp"
#include "protocols/amqp/record_mapping.hpp"

namespace weir::amqp {
namespace {

// With the properties that they are read from.
class OwnedHeaders final : public routing::Headers {
  public:
    explicit OwnedHeaders(const Properties& properties) : properties_(properties), headers_(properties_) {}
    const topology::Table& table() const override { return headers_.table(); }
    std::string property(std::string_view name) const override { return headers_.property(name); }

  private:
    const Properties properties_;
    const RoutedHeaders headers_;
};

class MessageReader final : public broker::PropertyReader {
  public:
    broker::MessageFacts read(ByteView bytes) const override {
        const auto properties = decode_properties(bytes);
        if (!properties) return {};
        broker::MessageFacts facts{.priority = properties->priority.value_or(0),
                                   .group_key = group_key(*properties),
                                   .headers = std::make_unique<OwnedHeaders>(*properties)};
        std::vector<std::string_view> keys;
        add_keys(keys, header(*properties, "CC"));
        facts.more_keys.assign(keys.begin(), keys.end());
        facts.ttl_ms = expiration_ms(*properties);
        return facts;
    }
    message::Record record(const queue::StoredMessage& message, std::string_view topic,
                           std::int64_t time_ms) const override {
        const auto changed = delivered_properties(message, 0);
        const ByteView bytes = changed ? ByteView{*changed} : message.properties;
        const auto properties = decode_properties(bytes);
        Publish publish{{}, properties ? *properties : Properties{}, bytes, message.body};
        publish.method.exchange = message.exchange;
        publish.method.routing_key = message.key;
        return to_record(publish, topic, time_ms);
    }
};

}  // namespace

std::variant<std::int64_t, std::string> read_expiration(std::string_view text) {
    auto digits = text;
    const bool has_sign = text.starts_with('-') || text.starts_with('+');
    if (has_sign) digits.remove_prefix(1);
    const auto end = std::min(digits.find_first_not_of("0123456789"), digits.size());
    if (end == 0) return "no_integer";
    if (end < digits.size()) return fmt::format("{{leftover_string,\"{}\"}}", digits.substr(end));
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    std::int64_t ms = 0;
    const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), ms).ec;
    if (text.starts_with('-') && digits != "0") return fmt::format("{{value_negative,-{}}}", digits);
    if (error != std::errc{} || ms > max_expiry_ms) return fmt::format("{{value_too_large,{}}}", digits);
    return ms;
}

std::int64_t expiration_ms(const Properties& properties) {
    if (!properties.expiration) return -1;
    const auto read = read_expiration(*properties.expiration);
    const auto* ms = std::get_if<std::int64_t>(&read);
    return ms != nullptr ? *ms : -1;
}

std::optional<std::string> mistake_in(const Properties& properties) {
    if (properties.expiration) {
        const auto expiration = read_expiration(*properties.expiration);
        if (const auto* mistake = std::get_if<std::string>(&expiration))
            return fmt::format("invalid expiration '{}': {}", *properties.expiration, *mistake);
    }
    for (const auto* name : {"CC", "BCC"}) {
        const auto keys = header(properties, name);
        if (!keys || keys->type == FieldType::array) continue;
        return fmt::format("invalid message: {{unacceptable_type_in_header,\"{}\",{}}}", name,
                           amqp::name(keys->type));
    }
    return std::nullopt;
}

std::optional<FieldValue> header(const Properties& properties, std::string_view name) {
    return properties.headers ? properties.headers->find(name) : std::nullopt;
}

void add_keys(std::vector<std::string_view>& keys, const std::optional<FieldValue>& more) {
    const auto array = more ? more->as_array() : std::nullopt;
    if (!array) return;
    for (const auto& one : *array) {
        if (const auto key = one.as_text()) keys.push_back(*key);
    }
}

// A number may also come as a text. Below 0 is a message that has been kept before.
std::int64_t delay_ms(const Properties& properties) {
    const auto value = header(properties, delay_header);
    if (!value) return 0;
    if (const auto number = value->as_integer()) return std::max<std::int64_t>(*number, 0);
    const auto read = read_expiration(value->as_text().value_or(""));
    const auto* ms = std::get_if<std::int64_t>(&read);
    return ms != nullptr ? *ms : 0;
}

std::string deduplication_id(const Properties& properties) {
    const auto value = header(properties, "x-deduplication-header");
    if (!value) return std::string{properties.message_id.value_or("")};
    if (const auto text = value->as_text()) return std::string{*text};
    return std::string{as_text(value->content)};
}

std::string group_key(const Properties& properties) {
    const auto value = header(properties, "x-key");
    return std::string{value ? value->as_text().value_or(as_text(value->content)) : ""};
}

const broker::PropertyReader& property_reader() {
    static const MessageReader reader;
    return reader;
}

}  // namespace weir::amqp
