// Subscriptions: queues whose messages are a topic's records (docs/protocols/mapping.md).
#include "broker/topic_names.hpp"
#include "protocols/amqp/delivered_properties.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/subscription_arguments.hpp"

namespace weir::amqp {

// Nothing for other queues.
std::variant<QueueDoor::Begin, AmqpError> QueueDoor::subscribe(topology::Queue& queue) {
    auto prepared = prepare_subscription(queue, broker_.topics());
    if (auto* mistake = std::get_if<SubscriptionMistake>(&prepared)) {
        const auto code = mistake->is_no_topic ? ReplyCode::not_found : ReplyCode::precondition_failed;
        return AmqpError{code, std::move(mistake->why), QueueDeclare::info.id};
    }
    return std::get<Begin>(std::move(prepared));
}

AmqpError QueueDoor::no_subscription_target(const topology::Queue& queue, MethodId method) {
    return {ReplyCode::precondition_failed,
            fmt::format("queue '{}' in vhost '{}' is a subscription: what is published goes to its topic",
                        queue.name, queue.host),
            method};
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
    const auto topic = broker::split_topic_name(message.topic).name;
    RecordPlace place{.topic = topic};
    if (message.is_one_of_many) place.partition = message.partition.value;
    if (delivery.delivery_count > 0) place.delivery_count = delivery.delivery_count;
    const auto mapped =
        std::make_shared<const MappedMessage>(from_record(*message.record, place, max_property_bytes()));
    return {mapped, mapped->exchange, mapped->routing_key, mapped->properties,
            message.record->value.value_or(ByteView{})};
}

}  // namespace weir::amqp
