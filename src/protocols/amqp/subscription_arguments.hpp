// What a queue is declared with that is a subscription: its messages are a topic's records
// (docs/protocols/mapping.md).
#pragma once

#include <string>
#include <variant>

#include "broker/subscriptions.hpp"
#include "metadata/topology/entities.hpp"

namespace weir::amqp {

inline constexpr std::string_view subscription_topic_argument = "x-subscription-topic";
inline constexpr std::string_view subscription_start_argument = "x-subscription-start";

bool is_subscription(const topology::Queue& queue);
// The topic's name in its virtual host, as it was declared; "" of other queues.
std::string topic_of(const topology::Queue& queue);

struct SubscriptionMistake {
    bool is_no_topic = false;  // else an argument is wrong
    std::string why;
};
// Where it begins; nothing for other queues. The topic's id goes into the arguments.
using Beginning = std::variant<std::optional<broker::SubscriptionBegin>, SubscriptionMistake>;
Beginning prepare_subscription(topology::Queue& queue, const broker::TopicTable& topics);

}  // namespace weir::amqp
