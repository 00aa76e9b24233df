// Reads properties and headers that weir acts by.
#include "protocols/amqp/message_facts.hpp"

#include <charconv>

#include "protocols/amqp/arguments.hpp"

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

class Reader final : public broker::PropertyReader {
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
        if (properties->expiration) facts.ttl_ms = expiration_ms(*properties->expiration).value_or(-1);
        return facts;
    }
};

}  // namespace

std::optional<std::int64_t> expiration_ms(std::string_view text) {
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    const bool is_number = error == std::errc{} && end == text.data() + text.size() && ms >= 0;
    return is_number ? std::optional{ms} : std::nullopt;
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
    if (const auto text = value->as_text()) return expiration_ms(*text).value_or(0);
    return 0;
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
    static const Reader reader;
    return reader;
}

}  // namespace weir::amqp
