// Checks the arguments, and finds the topic.
#include "protocols/amqp/subscription_arguments.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "base/whole_number.hpp"
#include "broker/queue_settings.hpp"
#include "broker/topic_names.hpp"

namespace weir::amqp {
namespace {

using broker::SubscriptionBegin;
using SourceTopic = std::shared_ptr<const broker::Topic>;

// What a queue does with messages of its own, and a topic's are not.
constexpr std::array refused_arguments{
    "x-max-length",   "x-max-length-bytes",     "x-overflow",
    "x-max-priority", "x-dead-letter-exchange", "x-dead-letter-routing-key"};

const topology::Value* argument(const topology::Queue& queue, std::string_view name) {
    const auto at = queue.arguments.find(name);
    return at == queue.arguments.end() ? nullptr : &at->second;
}

SubscriptionMistake wrong(const topology::Queue& queue, std::string_view name, std::string_view wanted) {
    return {.why = fmt::format("invalid arg '{}' for queue '{}' in vhost '{}': must be {}", name, queue.name,
                               queue.host, wanted)};
}

std::optional<std::int64_t> number_below(std::int64_t limit, std::string_view text) {
    const auto number = whole_number(text);
    return number && *number >= 0 && *number < limit ? number : std::nullopt;
}

// "0:3", or "3" where there is one partition only.
bool add_offset(std::string_view text, std::int64_t partitions, std::map<PartitionId, Offset>& out) {
    const auto colon = text.find(':');
    const bool has_partition = colon != std::string_view::npos;
    if (!has_partition && partitions > 1) return false;
    const auto partition = has_partition ? number_below(partitions, text.substr(0, colon)) : 0;
    const auto offset =
        number_below(queue::RecordPosition::offset_limit, has_partition ? text.substr(colon + 1) : text);
    if (!partition || !offset) return false;
    return out.try_emplace(PartitionId{static_cast<std::int32_t>(*partition)}, Offset{*offset}).second;
}

// "0:3 1:17": of partitions that are not named all records count.
std::optional<SubscriptionBegin> at_offsets(std::string_view text, SourceTopic topic) {
    const auto partitions = static_cast<std::int64_t>(topic->partitions.size());
    SubscriptionBegin begin{std::move(topic), broker::FirstRecord{}};
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        if (!add_offset(text.substr(at, end - at), partitions, begin.offsets)) return std::nullopt;
        at = end + 1;
    }
    return begin;
}

// "@1700000000000": milliseconds since 1970.
std::optional<SubscriptionBegin> at_time(std::string_view text, SourceTopic topic) {
    const auto time = number_below(std::numeric_limits<std::int64_t>::max(), text);
    if (!time) return std::nullopt;
    return SubscriptionBegin{std::move(topic), broker::AtTime{*time}};
}

std::optional<SubscriptionBegin> beginning_of(const topology::Queue& queue, SourceTopic topic) {
    const auto* value = argument(queue, subscription_start_argument);
    if (value == nullptr) return SubscriptionBegin{std::move(topic)};
    const auto text = value->text() != nullptr ? std::string_view{*value->text()} : std::string_view{};
    if (text == "latest") return SubscriptionBegin{std::move(topic)};
    if (text == "earliest") return SubscriptionBegin{std::move(topic), broker::FirstRecord{}};
    if (text.starts_with('@')) return at_time(text.substr(1), std::move(topic));
    return at_offsets(text, std::move(topic));
}

}  // namespace

bool is_subscription(const topology::Queue& queue) {
    return argument(queue, subscription_topic_argument) != nullptr;
}

std::string topic_of(const topology::Queue& queue) {
    const auto* value = argument(queue, subscription_topic_argument);
    return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

Beginning prepare_subscription(topology::Queue& queue, const broker::TopicTable& topics) {
    queue.arguments.erase(std::string{broker::source_topic_argument});  // nobody's but weir's
    if (!is_subscription(queue)) return std::nullopt;
    for (const auto* name : refused_arguments) {
        if (argument(queue, name) != nullptr)
            return wrong(queue, name, "absent: the messages are the topic's");
    }
    const auto* name = argument(queue, subscription_topic_argument)->text();
    if (name == nullptr) return wrong(queue, subscription_topic_argument, "a topic's name");
    if (!broker::is_name_in_host(queue.host, queue.name))
        return wrong(queue, subscription_topic_argument,
                     "absent: the name is one of another virtual host's consumer groups");
    const auto topic = broker::find_in_host(topics, queue.host, *name);
    if (!topic)
        return SubscriptionMistake{true, fmt::format("no topic '{}' for vhost '{}'", *name, queue.host)};
    auto begin = beginning_of(queue, topic);
    if (!begin)
        return wrong(queue, subscription_start_argument,
                     "earliest, latest, a time in ms such as '@1700000000000', or offsets of partitions that "
                     "there are such as '0:17 1:4'");
    queue.arguments.insert_or_assign(std::string{broker::source_topic_argument},
                                     topology::Value{topic->id().text()});
    return begin;
}

}  // namespace weir::amqp
