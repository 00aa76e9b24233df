// RabbitMQ's arguments for streams as a topic's settings.
#include "protocols/amqp/stream_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "broker/topic_names.hpp"
#include "protocols/amqp/arguments.hpp"

namespace weir::amqp {

namespace {

using topology::Value;

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t hour_ms = 3600 * second_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
// The largest body that a publish may have, with its headers.
constexpr const char* max_message_bytes = "17825792";

constexpr std::string_view max_age = "x-max-age";
constexpr std::string_view max_bytes = "x-max-length-bytes";
constexpr std::string_view segment_bytes = "x-stream-max-segment-size-bytes";
constexpr std::string_view filter_bytes = "x-stream-filter-size-bytes";
constexpr std::string_view initial_size = "x-initial-cluster-size";
constexpr std::string_view consumer_offset = "x-stream-offset";
constexpr std::string_view filter_argument = "x-stream-filter";
constexpr std::string_view unfiltered_argument = "x-stream-match-unfiltered";
constexpr std::string_view filter_value_header = "x-stream-filter-value";

// What queues know and streams do not.
constexpr std::array refused{"x-message-ttl",
                             "x-expires",
                             "x-max-length",
                             "x-max-in-memory-length",
                             "x-max-in-memory-bytes",
                             "x-overflow",
                             "x-max-priority",
                             "x-dead-letter-exchange",
                             "x-dead-letter-strategy",
                             "x-delivery-limit",
                             "x-dead-letter-routing-key",
                             "x-single-active-consumer",
                             "x-queue-mode",
                             "x-queue-version",
                             "x-quorum-initial-group-size",
                             "x-queue-master-locator"};

std::int64_t unit_ms(char unit) {
    switch (unit) {
        case 'Y': return 365 * day_ms;
        case 'M': return 30 * day_ms;
        case 'D': return day_ms;
        case 'h': return hour_ms;
        case 'm': return 60 * second_ms;
        case 's': return second_ms;
        default: return 0;
    }
}

const Value* find(const topology::Table& arguments, std::string_view name) {
    const auto at = arguments.find(name);
    return at == arguments.end() ? nullptr : &at->second;
}

std::optional<std::int64_t> count_of(const Value& value) {
    const auto number = value.integer();
    return number && *number >= 0 ? number : std::nullopt;
}

// What is wrong with a value that should be such a number.
std::string no_count(const Value& value) {
    const auto number = value.integer();
    return number ? fmt::format(": {{value_negative,{}}}", *number) : ": " + not_an_integer(value);
}

std::optional<std::int64_t> age_ms(const Value& value) {
    return value.text() != nullptr ? interval_ms(*value.text()) : std::nullopt;
}

std::string named(const topology::Queue& queue) {
    return fmt::format("queue '{}' in vhost '{}'", queue.name, queue.host);
}

std::string invalid(const topology::Queue& queue, std::string_view name, std::string_view why) {
    return fmt::format("invalid arg '{}' for {}{}", name, named(queue), why);
}

// The largest unit that gives a whole number; the next second where none does.
std::string interval_text(std::int64_t ms) {
    for (const char unit : {'D', 'h', 'm'}) {
        if (ms > 0 && ms % unit_ms(unit) == 0) return fmt::format("{}{}", ms / unit_ms(unit), unit);
    }
    return fmt::format("{}s", (ms + second_ms - 1) / second_ms);
}

void add_texts(const Array& array, std::vector<std::string>& out) {
    for (const auto& one : array) {
        if (const auto text = one.as_text()) out.emplace_back(*text);
    }
}

// A text is an interval before now, or one of three words.
std::optional<broker::Start> start_of(std::string_view text, std::int64_t now_ms) {
    if (text == "first") return broker::FirstRecord{};
    if (text == "last") return broker::LastBatch{};
    if (text == "next") return broker::NextRecord{};
    const auto interval = interval_ms(text);
    return interval ? std::optional{broker::Start{broker::AtTime{now_ms - *interval}}} : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> interval_ms(std::string_view text) {
    std::int64_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{} || stop + 1 != end || count < 0) return std::nullopt;
    const auto unit = unit_ms(*stop);
    if (unit == 0 || count > INT64_MAX / 2 / unit) return std::nullopt;
    return count * unit;
}

std::optional<std::string> stream_mistake(const topology::Queue& queue) {
    if (queue.name.empty()) return "Cannot declare a server-named queue for type rabbit_stream_queue";
    const auto* unfit = queue.is_auto_delete   ? "auto-delete"
                        : queue.is_exclusive() ? "exclusive-owner"
                        : !queue.is_durable    ? "non-durable"
                                               : nullptr;
    if (unfit != nullptr) return fmt::format("invalid property '{}' for {}", unfit, named(queue));
    if (broker::is_name_in_host(queue.host, queue.name)) return std::nullopt;
    return named(queue) + " has a name of another virtual host's streams";
}

topology::Table stream_arguments(const metadata::TopicSettings& settings,
                                 const metadata::Overrides& overrides) {
    topology::Table out;
    out[std::string{queue_type_argument}] = std::string{stream_type};
    if (settings.retention_ms >= 0) out[std::string{max_age}] = interval_text(settings.retention_ms);
    if (settings.retention_bytes >= 0)
        out[std::string{max_bytes}] = topology::Integer{settings.retention_bytes, topology::Width::int64};
    if (overrides.contains("segment.bytes"))
        out[std::string{segment_bytes}] = topology::Integer{settings.segment_bytes, topology::Width::int64};
    return out;
}

std::variant<metadata::Overrides, std::string> stream_settings(const topology::Queue& queue) {
    const auto& arguments = queue.arguments;
    for (const auto* name : refused) {
        if (find(arguments, name) != nullptr)
            return invalid(queue, name, " of queue type rabbit_stream_queue");
    }
    metadata::Overrides settings{{"message.timestamp.type", "LogAppendTime"},
                                 {"max.message.bytes", max_message_bytes},
                                 {"retention.ms", "-1"}};
    if (const auto* value = find(arguments, max_age)) {
        const auto ms = age_ms(*value);
        const bool is_text = value->text() != nullptr;
        if (!ms) return invalid(queue, max_age, ": " + (is_text ? "invalid_max_age" : unacceptable(*value)));
        settings["retention.ms"] = std::to_string(*ms);
    }
    const std::pair<std::string_view, const char*> numbers[] = {{max_bytes, "retention.bytes"},
                                                                {segment_bytes, "segment.bytes"}};
    for (const auto& [name, setting] : numbers) {
        const auto* value = find(arguments, name);
        if (value == nullptr) continue;
        const auto number = count_of(*value);
        if (!number) return invalid(queue, name, no_count(*value));
        settings[setting] = std::to_string(*number);
    }
    if (const auto* value = find(arguments, initial_size)) {
        const auto size = count_of(*value);
        if (!size || *size == 0)
            return invalid(queue, initial_size, size ? ": {value_zero,0}" : no_count(*value));
    }
    if (auto mistake = locator_mistake(queue)) return *mistake;
    const auto* bytes = find(arguments, filter_bytes);  // of a filter that weir does without
    const auto number = bytes ? bytes->integer() : std::nullopt;
    if (bytes != nullptr && (!number || *number < 16 || *number > 255))
        return invalid(queue, filter_bytes, ": must be from 16 to 255");
    return settings;
}

metadata::CreateTopic stream_topic(const topology::Queue& queue, metadata::Overrides settings,
                                   const metadata::Catalogue& catalogue) {
    const auto& defaults = catalogue.broker_settings();
    const auto* size = find(queue.arguments, initial_size);
    const auto wanted = size ? count_of(*size).value_or(1)
                             : std::max(defaults.queue_replicas, defaults.default_replication_factor);
    const auto usable =
        std::ranges::count_if(catalogue.nodes(), [](const auto& node) { return node.second.is_usable(); });
    const auto replicas = std::max<std::int64_t>(std::min<std::int64_t>(wanted, usable), 1);
    if (replicas > 1) settings["min.insync.replicas"] = std::to_string(replicas / 2 + 1);
    return {.name = broker::topic_name(queue.host, queue.name),
            .partitions = 1,
            .replication_factor = static_cast<std::int32_t>(replicas),
            .overrides = std::move(settings)};
}

std::optional<topology::Difference> stream_difference(const topology::Table& arguments,
                                                      const metadata::TopicSettings& settings,
                                                      const metadata::Overrides& overrides) {
    const auto current = stream_arguments(settings, overrides);
    const auto differs = [&](std::string_view name, std::int64_t setting,
                             auto read) -> std::optional<topology::Difference> {
        const auto* value = find(arguments, name);
        if (value == nullptr || read(*value) == setting) return std::nullopt;
        const auto* there = find(current, name);
        return topology::Difference{std::string{name}, *value, there ? std::optional{*there} : std::nullopt};
    };
    if (auto difference = differs(max_age, settings.retention_ms, age_ms)) return difference;
    if (auto difference = differs(max_bytes, settings.retention_bytes, count_of)) return difference;
    return differs(segment_bytes, settings.segment_bytes, count_of);
}

std::optional<StreamFilter> stream_filter(const Table& arguments) {
    const auto asked = arguments.find(filter_argument);
    if (!asked) return std::nullopt;
    StreamFilter filter;
    if (const auto text = asked->as_text())
        filter.values.emplace_back(*text);
    else if (const auto list = asked->as_array())
        add_texts(*list, filter.values);
    else
        return std::nullopt;
    const auto unfiltered = arguments.find(unfiltered_argument);
    filter.takes_unfiltered = unfiltered && unfiltered->as_bool().value_or(false);
    return filter;
}

// Of several headers of the name the first counts, as where they are made properties. An empty value is none.
bool StreamFilter::wants(const message::RecordView& record) const {
    const auto headers = record.headers();
    const auto header = std::ranges::find(headers, filter_value_header, &message::HeaderView::key);
    const bool is_filtered = header != headers.end() && header->value && !header->value->empty();
    if (!is_filtered) return takes_unfiltered;
    return std::ranges::find(values, as_text(*header->value)) != values.end();
}

std::optional<broker::Start> stream_start(const Table& arguments, std::int64_t now_ms) {
    const auto value = arguments.find(consumer_offset);
    if (!value) return broker::NextRecord{};
    if (const auto offset = value->as_integer())
        return *offset >= 0 ? std::optional{broker::Start{Offset{*offset}}} : std::nullopt;
    if (const auto seconds = value->as_timestamp()) {
        if (*seconds > INT64_MAX / 1000) return std::nullopt;
        return broker::AtTime{static_cast<std::int64_t>(*seconds) * 1000};
    }
    const auto text = value->as_text();
    return text ? start_of(*text, now_ms) : std::nullopt;
}

}  // namespace weir::amqp
