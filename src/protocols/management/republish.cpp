// As a consumer would have published them, had it been told what they were like at first.
#include "protocols/management/republish.hpp"

#include <algorithm>

#include "broker/queue/message_maker.hpp"
#include "protocols/amqp/delivered_properties.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/subscription_arguments.hpp"

namespace weir::management {

namespace {

constexpr std::string_view origin_header = "x-first-death-queue";

// Null: it has not died.
const queue::Death* first_death(const queue::StoredMessage& stored) {
    if (!stored.referral || stored.referral->history.empty()) return nullptr;
    const auto& history = stored.referral->history;
    return &*std::min_element(history.rbegin(), history.rend(),
                              [](const auto& a, const auto& b) { return a.first_time_ms < b.first_time_ms; });
}

std::string origin_of(ByteView properties) {
    const auto decoded = amqp::decode_properties(properties);
    const auto origin = decoded ? amqp::header(*decoded, origin_header) : std::nullopt;
    return std::string{origin ? origin->as_text().value_or("") : ""};
}

}  // namespace

Result<Origin> origin_in(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto* queue = (*host)->queues.find(call.arguments[1]);
    if (queue == nullptr) return not_found();
    using access::Operation;
    if (auto good = check_access(call, queue->host, Operation::read, "queue", queue->name); !good)
        return good.error();
    if (auto good = check_access(call, queue->host, Operation::write, "exchange", "amq.default"); !good)
        return good.error();
    if (!call.services.queues().place(queue->id)) return no_queue_logs();
    return Origin{*host, queue};
}

Republished republished(const queue::StoredMessage& stored) {
    const auto changed = amqp::delivered_properties(stored, 0);
    queue::Message message{stored.exchange, stored.key, changed ? ByteView{*changed} : stored.properties,
                           stored.body};
    if (const auto* death = first_death(stored)) {
        message.exchange = death->exchange;
        if (!death->keys.empty()) message.key = death->keys.front();
    }
    return {origin_of(message.properties), queue::copied(message)};
}

queue::EnqueueRequest enqueue_request(const queue::MessagePtr& message, QueueId target) {
    const auto facts = amqp::property_reader().read(message->properties);
    return {{.targets = {target},
             .content_bytes = message->content_bytes(),
             .ttl_ms = facts.ttl_ms,
             .priority = facts.priority,
             .group_key = facts.group_key},
            message};
}

Result<std::vector<bool>> enqueue_all(queue::QueuePlace& place, std::vector<queue::EnqueueRequest> requests) {
    const auto replies = await<queue::TransactReply>(
        [&](auto done) { place.ask(queue::EnqueueAllRequest{std::move(requests)}, std::move(done)); });
    if (!replies) return replies.error();
    std::vector<bool> out;
    for (const auto& reply : replies->publishes)
        out.push_back(reply.answer == queue::Answer::done && reply.is_written);
    return out;
}

Result<topology::QueuePtr> find_target(const topology::HostState& host, const std::string& name) {
    auto queue = host.queues.find_shared(name);
    if (!queue)
        return bad_request(fmt::format("there is no queue '{}' in vhost '{}'", name, host.host->name));
    if (amqp::is_subscription(*queue))
        return bad_request(
            fmt::format("'{}' is a subscription: nothing but its topic's records comes into it", name));
    return queue;
}

}  // namespace weir::management
