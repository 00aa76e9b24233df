// Messages come in: checked, routed, handed to their queues' logs, and confirmed when all of these have them.
#include "broker/dead_letters.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/queued_properties.hpp"

namespace weir::amqp {
namespace {

constexpr std::size_t max_unanswered_bytes = std::size_t{16} << 20;  // of a connection; more is not read

}  // namespace

void QueueDoor::on_publish(ChannelNumber number, const Publish& publish) {
    if (const auto error = check_publish(number, publish)) return machine_.fail(number, *error);
    if (publish.properties.reply_to != direct_reply_queue) return accept(number, publish);
    auto addressed = publish;
    addressed.properties.reply_to = channel(number).replies->reply_to;
    const auto encoded = encode_properties(addressed.properties);
    addressed.property_bytes = encoded;
    accept(number, addressed);
}

void QueueDoor::accept(ChannelNumber number, const Publish& publish) {
    auto& state = channel(number);
    if (state.transaction) return join_transaction(number, publish);
    const auto confirm = state.confirms.is_on ? state.confirms.add() : 0;
    reply_directly(publish);
    if (route(publish)) {
        enqueue(publish, state.holder, confirm);
    } else {
        if (publish.method.mandatory) give_back(number, publish);
        if (confirm != 0) confirmed(state.holder, confirm, true);
    }
    trace_publish(number, publish);
}

QueueDoor::AnyError QueueDoor::check_publish(ChannelNumber number, const Publish& publish) {
    const auto& method = publish.method;
    const auto id = method.info.id;
    if (method.immediate) return AmqpError{ReplyCode::not_implemented, "immediate=true", id};
    const auto resource = method.exchange.empty() ? default_exchange_resource : method.exchange;
    if (auto error = check_access(access::Operation::write, "exchange", resource, id)) return error;
    const auto& topology = catalogue_.current()->topology();
    const auto* exchange = method.exchange.empty() ? nullptr : topology.exchange(host(), method.exchange);
    if (!method.exchange.empty() && exchange == nullptr) return no_exchange(method.exchange, id);
    if (exchange && exchange->is_internal) {
        return AmqpError{
            ReplyCode::access_refused,
            fmt::format("cannot publish to internal exchange '{}' in vhost '{}'", method.exchange, host()),
            id};
    }
    if (exchange && exchange->kind == topology::ExchangeKind::pattern &&
        !authorizer_->may_use_key(access::Operation::write, method.exchange, method.routing_key)) {
        return AmqpError{ReplyCode::access_refused,
                         fmt::format("write access to topic '{}' in exchange '{}' in vhost '{}' refused for "
                                     "user '{}'",
                                     method.routing_key, method.exchange, host(), session_.user()),
                         id};
    }
    const auto& properties = publish.properties;
    if (properties.reply_to == direct_reply_queue && !channel(number).replies)
        return AmqpError{ReplyCode::precondition_failed, "fast reply consumer does not exist", id};
    if (properties.user_id && *properties.user_id != session_.user() && !may_impersonate()) {
        return AmqpError{ReplyCode::precondition_failed,
                         fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                                     *properties.user_id, session_.user()),
                         id};
    }
    if (delay_ms(properties) > queue::max_delay_ms) {
        return AmqpError{
            ReplyCode::precondition_failed,
            fmt::format("invalid {}: a message is kept for at most {} ms", delay_header, queue::max_delay_ms),
            id};
    }
    if (const auto mistake = mistake_in(properties))
        return AmqpError{ReplyCode::precondition_failed, *mistake, id};
    return std::nullopt;
}

bool QueueDoor::may_impersonate() const {
    const auto& user = authorizer_->user();
    return user && std::ranges::find(user->tags, "impersonator") != user->tags.end();
}

// Into keys_.
void QueueDoor::find_routing_keys(const Publish& publish) {
    keys_.assign(1, publish.method.routing_key);
    if (!publish.properties.headers) return;
    add_keys(keys_, header(publish.properties, "CC"));
    add_keys(keys_, header(publish.properties, "BCC"));
}

// Into route_ and, for when its time has come, into delayed_; whether there is any queue or topic.
bool QueueDoor::route(const Publish& publish) {
    find_routing_keys(publish);
    route_.clear(), delayed_.clear();
    has_delayed_topics_ = false;
    const auto* table = router_.find(host());
    const RoutedHeaders headers{publish.properties};
    routing::Message message{
        .exchange = publish.method.exchange, .keys = keys_, .headers = &headers, .dice = dice_.next()};
    message.is_to_be_delayed = delay_ms(publish.properties) > 0;
    if (table == nullptr || !table->route(message, route_)) return false;
    if (!route_.delaying.empty()) find_delayed(table->route_on(message, route_));
    if (publish.method.exchange.empty()) add_streams();
    return !route_.queues.empty() || !route_.topics.empty() || !delayed_.empty() || has_delayed_topics_;
}

void QueueDoor::find_delayed(routing::Route&& later) {
    delayed_ = std::move(later.queues);
    has_delayed_topics_ = !later.topics.empty();
}

void QueueDoor::give_back(ChannelNumber number, const Publish& publish) {
    BasicReturn back;
    back.reply_code = static_cast<std::uint16_t>(ReplyCode::no_route);
    back.reply_text = name(ReplyCode::no_route);
    back.exchange = publish.method.exchange;
    back.routing_key = publish.method.routing_key;
    const auto changed = queued_properties(publish.properties, 0);
    machine_.send_content(number, back, changed ? *changed : publish.property_bytes, publish.body);
}

queue::MessagePtr QueueDoor::message_of(const Publish& publish, std::int64_t delay_ms) {
    queue::Message message{publish.method.exchange, publish.method.routing_key, publish.property_bytes,
                           publish.body};
    const auto changed = queued_properties(publish.properties, delay_ms);
    if (changed) message.properties = *changed;
    send_out_later();  // which ends the turn's messages
    return messages_.make(message);
}

void QueueDoor::pack(const std::vector<QueueId>& queues, queue::EnqueueRequest request) {
    request.publish.content_bytes = request.message->body.size();
    if (queues.size() == 1) {
        request.publish.targets.assign(queues.begin(), queues.end());
        parcels_.push_back({queues_.place(queues.front()), std::move(request)});
        return;
    }
    std::map<ChannelState::Place, queue::QueueIds> targets;
    for (const QueueId id : queues) targets[queues_.place(id)].push_back(id);
    for (auto& [place, ids] : targets) {
        request.publish.targets = std::move(ids);
        parcels_.push_back({place, request});
    }
}

void QueueDoor::pack(const Publish& publish) {
    const auto& properties = publish.properties;
    queue::PublishRequest request{.ttl_ms = expiration_ms(properties),
                                  .priority = properties.priority.value_or(0),
                                  .message_id = deduplication_id(properties),
                                  .group_key = group_key(properties)};
    parcels_.clear();
    if (!route_.queues.empty()) pack(route_.queues, {request, message_of(publish)});
    if (delayed_.empty() && !has_delayed_topics_) return;
    const auto delay = delay_ms(properties);
    request.deliver_at_ms = broker_.clock().wall_ms() + delay;
    if (!delayed_.empty()) pack(delayed_, {request, message_of(publish, delay)});
    if (!has_delayed_topics_) return;
    // Only queues can keep it until then: topics get it from a relay, which asks the exchange anew.
    auto relayed = publish;
    const auto exchange = broker::relayed_exchange(host(), publish.method.exchange);
    relayed.method.exchange = exchange;
    pack({queues_.relay(dice_.next())}, {std::move(request), message_of(relayed, delay)});
}

void QueueDoor::enqueue(const Publish& publish, queue::HolderId holder, std::uint64_t confirm) {
    pack(publish);
    Passage passage{
        .holder = holder, .confirm = confirm, .bytes = publish.body.size() * route_.topics.size()};
    for (const auto& parcel : parcels_) passage.bytes += parcel.request.message->content_bytes();
    const auto parts = parcels_.size() + route_.topics.size();
    if (parts > 1) passage.parts = std::make_shared<Passage::Parts>(Passage::Parts{.left = parts});
    unanswered_bytes_ += passage.bytes;
    for (auto& parcel : parcels_) put_out(parcel, passage);
    if (!route_.topics.empty()) {
        append_to_topics(publish, [link = link_, passage](const Result<void>& written) {
            Link::run(link, [passage, is_taken = written.has_value()](QueueDoor& door) {
                door.answered(passage, is_taken);
            });
        });
    }
    if (unanswered_bytes_ <= max_unanswered_bytes || waits_for_queues_) return;
    waits_for_queues_ = true;
    machine_.hold();
}

void QueueDoor::answered(const Passage& passage, bool is_taken) {
    if (auto* parts = passage.parts.get()) {
        is_taken = parts->is_taken = parts->is_taken && is_taken;
        if (--parts->left != 0) return;
    }
    unanswered_bytes_ -= passage.bytes;
    if (passage.confirm != 0) confirmed(passage.holder, passage.confirm, is_taken);
    if (!waits_for_queues_ || unanswered_bytes_ > max_unanswered_bytes / 2) return;
    waits_for_queues_ = false;
    machine_.resume();
    session_.wake();
}

// ---- confirms

void QueueDoor::serve(ChannelNumber number, const ConfirmSelect& method) {
    if (channel(number).transaction) {
        return machine_.fail(number, {ReplyCode::precondition_failed, "cannot switch from tx to confirm mode",
                                      method.info.id});
    }
    channel(number).confirms.is_on = true;
    if (!method.nowait) machine_.send(number, ConfirmSelectOk{});
}

void QueueDoor::confirmed(queue::HolderId holder, std::uint64_t confirm, bool is_taken) {
    auto* at = find(holder);
    if (at == nullptr) return;
    auto& confirms = at->second.confirms;
    confirms.settle(confirm, is_taken);
    if (!is_taken) {
        BasicNack nack;
        nack.delivery_tag = confirm;
        return machine_.send(at->first, nack);
    }
    if (std::exchange(confirms.flush_queued, true)) return;
    session_.reactor().at_end_of_turn([link = link_, holder] {
        if (link->door == nullptr) return;
        if (const auto* still = link->door->find(holder)) link->door->flush_confirms(still->first);
    });
}

void QueueDoor::flush_confirms(ChannelNumber number) {
    auto& confirms = channel(number).confirms;
    confirms.flush_queued = false;
    confirms.take([&](std::uint64_t tag, bool multiple) {
        BasicAck method;
        method.delivery_tag = tag;
        method.multiple = multiple;
        machine_.send(number, method);
    });
}

}  // namespace weir::amqp
