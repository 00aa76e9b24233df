// Subscriptions: queues whose messages are a topic's records (docs/protocols/mapping.md).
#include "broker/queue_settings.hpp"
#include "protocols/amqp/delivered_properties.hpp"
#include "protocols/amqp/queue_door.hpp"

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

AmqpError wrong(const topology::Queue& queue, std::string_view name, std::string_view wanted) {
    return {ReplyCode::precondition_failed,
            fmt::format("invalid arg '{}' for queue '{}' in vhost '{}': must be {}", name, queue.name,
                        queue.host, wanted),
            QueueDeclare::info.id};
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

// Nothing for other queues. The topic's id goes into the arguments.
QueueDoor::FirstFeed QueueDoor::subscribe(topology::Queue& queue) {
    std::vector<queue::FeedRecord> first;
    queue.arguments.erase(std::string{broker::source_topic_argument});  // nobody's but weir's
    if (!is_subscription(queue)) return first;
    for (const auto* name : refused_arguments) {
        if (argument(queue, name) != nullptr)
            return wrong(queue, name, "absent: the messages are the topic's");
    }
    const auto* name = argument(queue, subscription_topic_argument)->text();
    if (name == nullptr) return wrong(queue, subscription_topic_argument, "a topic's name");
    const auto topic = stream_named(*name);
    if (!topic) return *no_topic(*name);
    const auto start = start_of(queue);
    if (!start) return wrong(queue, subscription_start_argument, "earliest or latest");
    queue.arguments.insert_or_assign(std::string{broker::source_topic_argument},
                                     topology::Value{topic->id().text()});
    auto begun = broker::Subscriptions::begin(*topic, *start);
    if (!begun) return failure(begun.error(), QueueDeclare::info.id);
    return std::move(*begun);
}

AmqpError QueueDoor::no_subscription_target(const topology::Queue& queue, MethodId method) {
    return {ReplyCode::precondition_failed,
            fmt::format("queue '{}' in vhost '{}' is a subscription: what is published goes to its topic",
                        queue.name, queue.host),
            method};
}

QueueDoor::AnyError QueueDoor::no_topic(std::string_view name) const {
    return AmqpError{ReplyCode::not_found, fmt::format("no topic '{}' for vhost '{}'", name, host()),
                     QueueDeclare::info.id};
}

// A queue's message as it came or with how it died, a topic's record as its mapping says.
QueueDoor::Outgoing QueueDoor::outgoing(const queue::Delivery& delivery,
                                        const queue::StoredMessage& message) const {
    if (message.record == nullptr) {
        auto changed = delivered_properties(message, delivery.delivery_count);
        if (!changed) return {{}, message.exchange, message.key, message.properties, message.body};
        const auto kept = std::make_shared<const Bytes>(std::move(*changed));
        return {kept, message.exchange, message.key, *kept, message.body};
    }
    RecordPlace place{.topic = message.topic};
    if (message.is_one_of_many) place.partition = message.partition.value;
    if (delivery.delivery_count > 0) place.delivery_count = delivery.delivery_count;
    const auto mapped =
        std::make_shared<const MappedMessage>(from_record(*message.record, place, max_property_bytes()));
    return {mapped, mapped->exchange, mapped->routing_key, mapped->properties,
            message.record->value.value_or(ByteView{})};
}

}  // namespace weir::amqp
