// Writes x-death and its like as RabbitMQ 4 does.
#include "protocols/amqp/delivered_properties.hpp"

#include <algorithm>
#include <array>

#include "protocols/amqp/wire/properties.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

constexpr std::string_view death_header = "x-death";
constexpr std::string_view count_header = "x-delivery-count";

std::string_view word(queue::Reason reason) {
    switch (reason) {
        case queue::Reason::rejected: return "rejected";
        case queue::Reason::expired: return "expired";
        case queue::Reason::max_length: return "maxlen";
        case queue::Reason::delivery_limit: return "delivery_limit";
        case queue::Reason::consumed:
        case queue::Reason::purged:
        case queue::Reason::moved: break;
    }
    return "moved";
}

TableWriter table_of(const queue::Death& death) {
    ArrayWriter keys;
    for (const auto& key : death.keys) keys.add(std::string_view{key});
    TableWriter out;
    if (death.original_ttl_ms >= 0)
        out.add("original-expiration", std::string_view{std::to_string(death.original_ttl_ms)});
    out.add("count", static_cast<std::int64_t>(death.count))
        .add("reason", word(death.reason))
        .add("queue", std::string_view{death.queue})
        .add_timestamp("time",
                       static_cast<std::uint64_t>(std::max<std::int64_t>(death.first_time_ms, 0)) / 1000)
        .add("exchange", std::string_view{death.exchange})
        .add("routing-keys", keys.array());
    return out;
}

void add_death(TableWriter& out, const char* which, const queue::Death& death) {
    const auto name = [&](const char* what) { return fmt::format("x-{}-death-{}", which, what); };
    out.add(name("exchange"), std::string_view{death.exchange})
        .add(name("queue"), std::string_view{death.queue})
        .add(name("reason"), word(death.reason));
}

void add_history(TableWriter& out, const queue::History& history) {
    ArrayWriter deaths;
    for (const auto& death : history) deaths.add(table_of(death).table());
    out.add(death_header, deaths.array());
    // An entry moves to the front with each death, but keeps the time of its first.
    const auto first = std::min_element(history.rbegin(), history.rend(), [](const auto& a, const auto& b) {
        return a.first_time_ms < b.first_time_ms;
    });
    add_death(out, "first", *first);
    add_death(out, "last", history.front());
}

bool is_of_a_death(std::string_view name) {
    return name == death_header || name.starts_with("x-first-death-") || name.starts_with("x-last-death-");
}

}  // namespace

std::optional<Bytes> delivered_properties(const queue::StoredMessage& message, std::uint32_t delivery_count) {
    const auto* referral = message.referral.get();
    if (referral == nullptr && delivery_count == 0) return std::nullopt;
    auto properties = decode_properties(message.properties);
    if (!properties) return std::nullopt;
    const bool has_history = referral != nullptr && !referral->history.empty();
    const auto is_replaced = [&](std::string_view name) {
        return (has_history && is_of_a_death(name)) || (delivery_count > 0 && name == count_header) ||
               (referral != nullptr && referral->key && name == "CC");
    };
    TableWriter headers;
    for (const auto& field : properties->headers.value_or(Table{}))
        if (!is_replaced(field.name)) headers.add(field.name, field.value);
    if (has_history) add_history(headers, referral->history);
    if (delivery_count > 0) headers.add(count_header, static_cast<std::int64_t>(delivery_count));
    properties->headers = headers.table();
    if (referral != nullptr) properties->expiration.reset();
    return encode_properties(*properties);
}

}  // namespace weir::amqp
