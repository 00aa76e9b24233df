// Messages that are published by requests, each on the way that one of an AMQP channel goes.
#include <algorithm>

#include "broker/dead_letters.hpp"
#include "broker/queue/message_maker.hpp"
#include "broker/topic_names.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/direct_replies.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/queued_properties.hpp"
#include "protocols/amqp/record_mapping.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/message_json.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

// Where a message goes at once, and where when its delay is over.
struct Destinations {
    std::vector<QueueId> queues;
    std::vector<std::string> topics;
    std::vector<QueueId> delayed;
    bool has_delayed_topics = false;

    bool empty() const { return queues.empty() && topics.empty() && delayed.empty() && !has_delayed_topics; }
};

void add_named_streams(const Call& call, const std::vector<std::string_view>& keys,
                       std::vector<std::string>& topics) {
    for (const auto key : keys) {
        if (const auto stream = find_stream(call.services, call.arguments[0], key))
            topics.push_back(stream->topic->name());
    }
    std::ranges::sort(topics);
    topics.erase(std::ranges::unique(topics).begin(), topics.end());
}

Destinations route(const Call& call, const amqp::Publish& publish) {
    const auto tables = call.services.queues().router().tables();
    const auto table = tables->find(call.arguments[0]);
    if (table == tables->end()) return {};
    std::vector<std::string_view> keys{publish.method.routing_key};
    for (const auto* more : {"CC", "BCC"}) amqp::add_keys(keys, amqp::header(publish.properties, more));
    const amqp::RoutedHeaders headers{publish.properties};
    const routing::Message message{.exchange = publish.method.exchange,
                                   .keys = keys,
                                   .headers = &headers,
                                   .dice = call.services.random.next(),
                                   .is_to_be_delayed = amqp::delay_ms(publish.properties) > 0};
    routing::Route now;
    (void)table->second->route(message, now);
    Destinations out{std::move(now.queues), std::move(now.topics), {}};
    if (!now.delaying.empty()) {
        auto later = table->second->route_on(message, now);
        out.delayed = std::move(later.queues);
        out.has_delayed_topics = !later.topics.empty();
    }
    if (publish.method.exchange.empty()) add_named_streams(call, keys, out.topics);
    return out;
}

// ---- what AMQP clients are refused

Result<void> check_exchange(const Call& call, const topology::Exchange* exchange, std::string_view key) {
    const auto& host = call.arguments[0];
    const auto resource = exchange == nullptr ? std::string{"amq.default"} : exchange->name;
    if (auto good = check_access(call, host, access::Operation::write, "exchange", resource); !good)
        return good;
    if (exchange == nullptr) return {};
    if (exchange->is_internal) {
        return bad_request(
            fmt::format("403 ACCESS_REFUSED - cannot publish to internal exchange '{}' in vhost '{}'",
                        exchange->name, host));
    }
    return check_key(call, *exchange, access::Operation::write, key);
}

Result<void> check_properties(const Call& call, const amqp::Properties& properties) {
    const auto failed = [](std::string_view why) {
        return bad_request(fmt::format("406 PRECONDITION_FAILED - {}", why));
    };
    if (properties.reply_to == amqp::direct_reply_queue) return failed("fast reply consumer does not exist");
    const auto& tags = call.user->tags;
    const bool may_impersonate = std::ranges::find(tags, "impersonator") != tags.end();
    if (properties.user_id && *properties.user_id != call.user->name && !may_impersonate) {
        return failed(fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                                  *properties.user_id, call.user->name));
    }
    if (amqp::delay_ms(properties) > queue::max_delay_ms)
        return failed(fmt::format("a message is kept for at most {} ms", queue::max_delay_ms));
    const auto mistake = amqp::mistake_in(properties);
    return mistake ? Result<void>{failed(*mistake)} : Result<void>{};
}

// ---- handing over

// Waits until every queue's log has it. Errors: those of the logs; invalid_argument: a queue is full.
Result<void> enqueue(const Call& call, const queue::Message& message, queue::PublishRequest request,
                     const std::vector<QueueId>& queues) {
    const auto shared = queue::copied(message);
    request.content_bytes = message.content_bytes();
    std::map<broker::Queues::PlacePtr, queue::QueueIds> targets;
    for (const auto id : queues) targets[call.services.queues().place(id)].push_back(id);
    for (const auto& [place, ids] : targets) {
        if (!place) return no_queue_logs();
        request.targets = ids;
        const auto published = await<queue::PublishReply>([&, &to = place](auto done) {
            to->ask(queue::EnqueueRequest{request, shared}, std::move(done));
        });
        if (!published) return published.error();
        if (published->answer != queue::Answer::done || !published->refused.empty())
            return bad_request(
                "rejected Unable to publish message. Check queue limits. A subscription takes its topic's "
                "records alone.");
    }
    return {};
}

// With the properties that queues keep, by this exchange.
Result<void> enqueue(const Call& call, const amqp::Publish& publish, std::string_view exchange,
                     std::int64_t delay_ms, const std::vector<QueueId>& queues) {
    if (queues.empty()) return {};
    const auto& properties = publish.properties;
    queue::PublishRequest request{.ttl_ms = amqp::expiration_ms(properties),
                                  .priority = properties.priority.value_or(0),
                                  .message_id = amqp::deduplication_id(properties),
                                  .group_key = amqp::group_key(properties)};
    if (delay_ms > 0) request.deliver_at_ms = call.services.broker.clock().wall_ms() + delay_ms;
    const auto changed = amqp::queued_properties(properties, delay_ms);
    const auto kept = changed ? ByteView{*changed} : publish.property_bytes;
    return enqueue(call, {exchange, publish.method.routing_key, kept, publish.body}, std::move(request),
                   queues);
}

// Waits until all in-sync replicas have it. Errors: those of the topic.
Result<void> append(const Call& call, const amqp::Publish& publish, const std::string& name) {
    auto& services = call.services;
    const auto topic = services.broker.topics().find(name);
    if (!topic) return Error{Errc::not_found, "no such topic"};
    auto record =
        amqp::to_record(publish, broker::split_topic_name(name).name, services.broker.clock().wall_ms());
    auto& reactor = services.broker.reactors().next();
    const auto written = await<bool>([&](auto done) {
        const auto tell = [done](const Result<void>& result) {
            done(result ? Result<bool>{true} : Result<bool>{result.error()});
        };
        reactor.post([writers = services.writers, &reactor, topic, record = std::move(record), tell] {
            writers->add(reactor, topic, record, tell);
        });
    });
    return written ? Result<void>{} : Result<void>{written.error()};
}

Result<void> hand_over(const Call& call, const amqp::Publish& publish, const Destinations& to) {
    const auto& exchange = publish.method.exchange;
    const auto delay = amqp::delay_ms(publish.properties);
    if (auto sent = enqueue(call, publish, exchange, 0, to.queues); !sent) return sent;
    if (auto sent = enqueue(call, publish, exchange, delay, to.delayed); !sent) return sent;
    for (const auto& topic : to.topics) {
        if (auto sent = append(call, publish, topic); !sent) return sent;
    }
    if (!to.has_delayed_topics) return {};
    const auto relayed = broker::relayed_exchange(call.arguments[0], exchange);
    return enqueue(call, publish, relayed, delay,
                   {call.services.queues().relay(call.services.random.next())});
}

}  // namespace

Result<Answer> publish_message(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto& asked = call.arguments[1];
    const std::string exchange = asked == "amq.default" ? "" : asked;
    const auto* there = exchange.empty() ? nullptr : (*host)->exchanges.find(exchange);
    if (!exchange.empty() && there == nullptr)
        return bad_request(
            fmt::format("404 NOT_FOUND - no exchange '{}' in vhost '{}'", exchange, call.arguments[0]));
    Fields fields{call.body};
    const auto key = fields.must_text("routing_key");
    const auto payload = fields.must_text("payload");
    const auto encoding = fields.text("payload_encoding", "string");
    if (fields.error()) return *fields.error();
    if (key.size() > topology::max_name_bytes) return bad_request("the routing key is too long");
    if (auto good = check_exchange(call, there, key); !good) return good.error();
    const auto bytes =
        property_bytes(call.body.contains("properties") ? call.body["properties"] : Json::object());
    if (!bytes) return bytes.error();
    const auto body = body_of(payload, encoding);
    if (!body) return body.error();
    const auto properties = amqp::decode_properties(*bytes);
    if (!properties) return properties.error();
    amqp::Publish publish{{}, *properties, *bytes, *body};
    publish.method.exchange = exchange;
    publish.method.routing_key = key;
    if (auto good = check_properties(call, *properties); !good) return good.error();
    const auto destinations = route(call, publish);
    if (destinations.empty()) return ok({{"routed", false}});
    if (auto sent = hand_over(call, publish, destinations); !sent) return sent.error();
    return ok({{"routed", true}});
}

}  // namespace weir::management
