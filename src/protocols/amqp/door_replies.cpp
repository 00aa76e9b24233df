// Direct replies: a channel consumes from a pseudo-queue, its requests carry an address of its own, and what
// is published there goes straight to the channel. Nothing of it is kept.
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {
namespace {

// For a client that does not read: more replies are dropped.
constexpr std::size_t max_waiting_replies = 1000;
constexpr std::size_t max_waiting_reply_bytes = std::size_t{16} << 20;

AmqpError precondition(std::string explanation) {
    return {ReplyCode::precondition_failed, std::move(explanation), BasicConsume::info.id};
}

}  // namespace

void QueueDoor::consume_replies(ChannelNumber number, const BasicConsume& method) {
    auto& state = channel(number);
    if (state.consumers.contains(method.consumer_tag)) {
        return machine_.fail(
            number, {ReplyCode::not_allowed,
                     fmt::format("attempt to reuse consumer tag '{}'", method.consumer_tag), method.info.id});
    }
    if (!method.no_ack) return machine_.fail(number, precondition("reply consumer cannot acknowledge"));
    if (state.replies) return machine_.fail(number, precondition("reply consumer already set"));
    const auto tag =
        method.consumer_tag.empty() ? generated_name("amq.ctag-") : std::string{method.consumer_tag};
    const auto consumer = queues_.new_consumer();
    state.consumers[tag] = {.id = consumer, .queue = lost_queue, .place = nullptr};
    state.tags[consumer] = tag;
    const auto address = replies_.add(
        generated_name(""),
        [link = link_, holder = state.holder, consumer](const broker::ReplyAddresses::MessagePtr& message) {
            Link::run(link, [holder, consumer, message](QueueDoor& door) {
                door.replied(holder, consumer, message);
            });
        });
    state.replies = {tag, fmt::format("{}.{}", direct_reply_queue, address)};
    if (method.nowait) return;
    BasicConsumeOk ok;
    ok.consumer_tag = tag;
    machine_.send(number, ok);
}

void QueueDoor::stop_replies(ChannelState& state) {
    if (state.replies) replies_.remove(std::string{direct_reply_address(state.replies->reply_to)});
    state.replies.reset();
}

// A reply is a delivery that nobody has to acknowledge. It does not wait behind messages of queues, whose
// turn may come only once the client has settled others.
void QueueDoor::replied(queue::HolderId holder, queue::ConsumerId consumer,
                        const broker::ReplyAddresses::MessagePtr& message) {
    auto* at = find(holder);
    if (at == nullptr || !at->second.tags.contains(consumer) || !at->second.replies) return;
    auto& waiting = at->second.replies->waiting;
    std::size_t bytes = message->content_bytes();
    for (const auto& arrival : waiting) bytes += arrival.delivery.bytes;
    const bool is_too_much = waiting.size() >= max_waiting_replies || bytes > max_waiting_reply_bytes;
    if (!waiting.empty() && is_too_much) return;
    waiting.push_back({.delivery = {.consumer = consumer,
                                    .holder = holder,
                                    .message = {lost_queue, {}},
                                    .bytes = message->content_bytes(),
                                    .is_settled = true},
                       .message = {.owner = message,
                                   .exchange = message->exchange,
                                   .key = message->key,
                                   .properties = message->properties,
                                   .body = message->body}});
    deliver_replies(at->first, at->second);
}

void QueueDoor::deliver_replies(ChannelNumber number, ChannelState& state) {
    while (state.replies && !state.replies->waiting.empty() && machine_.accepts_deliveries()) {
        const auto arrival = std::move(state.replies->waiting.front());
        state.replies->waiting.pop_front();
        deliver(number, state, arrival);
    }
}

// To all addresses among the keys. They are no queues: a message that goes nowhere else is unroutable.
void QueueDoor::reply_directly(const Publish& publish) {
    if (!publish.method.exchange.empty()) return;
    const bool has_more_keys = publish.properties.headers.has_value();
    if (!has_more_keys && direct_reply_address(publish.method.routing_key).empty()) return;
    broker::ReplyAddresses::MessagePtr message;
    find_routing_keys(publish);
    for (const auto key : keys_) {
        const auto address = direct_reply_address(key);
        if (address.empty()) continue;
        if (!message) message = message_of(publish);
        replies_.deliver(address, message);
    }
}

// Of another node's address it is only known whether the node is there.
bool QueueDoor::is_awaited(std::string_view address) {
    const auto node = broker::node_of_address(address);
    if (!node || *node == broker_.node()) return replies_.has(address);
    const auto catalogue = catalogue_.current();
    const auto* there = catalogue->node(*node);
    return there != nullptr && !there->is_fenced;
}

// As if the pseudo-queue were one, and each address.
void QueueDoor::declare_replies(ChannelNumber number, const QueueDeclare& method, const std::string& name) {
    if (name != direct_reply_queue && !is_awaited(direct_reply_address(name)))
        return machine_.fail(number, *no_queue(name, method.info.id));
    channel(number).last_queue = name;
    if (method.nowait) return;
    QueueDeclareOk ok;
    ok.queue = name;
    ok.consumer_count = 1;
    machine_.send(number, ok);
}

}  // namespace weir::amqp
