// Checks the arguments, and finds the topic.
#include "protocols/amqp/subscription_arguments.hpp"

#include <fmt/format.h>

#include <array>

#include "broker/queue_settings.hpp"
#include "broker/topic_names.hpp"

namespace weir::amqp {
namespace {

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

std::optional<broker::SubscriptionStart> start_of(const topology::Queue& queue) {
    const auto* value = argument(queue, subscription_start_argument);
    if (value == nullptr) return broker::SubscriptionStart::latest;
    const auto text = value->text() != nullptr ? std::string_view{*value->text()} : std::string_view{};
    if (text == "latest") return broker::SubscriptionStart::latest;
    if (text == "earliest") return broker::SubscriptionStart::earliest;
    return std::nullopt;
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
    const auto start = start_of(queue);
    if (!start) return wrong(queue, subscription_start_argument, "earliest or latest");
    queue.arguments.insert_or_assign(std::string{broker::source_topic_argument},
                                     topology::Value{topic->id().text()});
    return broker::SubscriptionBegin{topic, *start};
}

}  // namespace weir::amqp
