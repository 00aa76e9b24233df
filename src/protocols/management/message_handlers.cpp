// Messages for people who try things out: taken out of their queues to be looked at.
#include "broker/topic_names.hpp"
#include "protocols/amqp/delivered_properties.hpp"
#include "protocols/amqp/record_mapping.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/message_json.hpp"
#include "protocols/management/silent_receiver.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

constexpr std::int64_t max_messages = 10'000;             // of one request
constexpr std::size_t max_bytes = std::size_t{64} << 20;  // of their bodies together: then no more are taken

struct Wish {
    std::int64_t count = 1;
    bool settles = false;  // they are gone once they are taken
    bool rejects = false;  // they become dead letters
    bool is_plain = true;
    std::size_t truncate = max_bytes;
};

Result<Wish> read_wish(const Json& body) {
    Fields fields{body};
    Wish out{.count = fields.integer("count", 1)};
    if (out.count < 1 || out.count > max_messages)
        fields.fail(fmt::format("count is a number from 1 to {}", max_messages));
    const auto otherwise = fields.flag("requeue", true) ? "ack_requeue_true" : "ack_requeue_false";
    const auto mode = fields.text("ackmode", otherwise);
    out.settles = mode == "ack_requeue_false";
    out.rejects = mode == "reject_requeue_false";
    if (!out.settles && !out.rejects && mode != "ack_requeue_true" && mode != "reject_requeue_true")
        fields.fail(fmt::format("ackmode does not know '{}'", mode));
    const auto encoding = fields.text("encoding", "auto");
    if (encoding != "auto" && encoding != "base64")
        fields.fail(fmt::format("encoding does not know '{}'", encoding));
    out.is_plain = encoding == "auto";
    out.truncate = static_cast<std::size_t>(
        std::clamp<std::int64_t>(fields.integer("truncate", std::int64_t{max_bytes}), 0, max_bytes));
    if (fields.error()) return *fields.error();
    return out;
}

// As an AMQP client would get it.
struct Shown {
    std::string exchange, key;
    Json properties;
    ByteView body;
};

// A topic's record, of a subscription.
Shown shown_record(const queue::StoredMessage& message, std::uint32_t delivery_count) {
    const auto topic = broker::split_topic_name(message.topic).name;
    amqp::RecordPlace place{.topic = topic};
    if (message.is_one_of_many) place.partition = message.partition.value;
    if (delivery_count > 0) place.delivery_count = delivery_count;
    auto mapped = amqp::from_record(*message.record, place, max_bytes);
    return {std::move(mapped.exchange), std::move(mapped.routing_key), properties_json(mapped.properties),
            message.record->value.value_or(ByteView{})};
}

Shown shown_message(const queue::StoredMessage& message, std::uint32_t delivery_count) {
    if (message.record != nullptr) return shown_record(message, delivery_count);
    const auto changed = amqp::delivered_properties(message, delivery_count);
    return {std::string{message.exchange}, std::string{message.key},
            properties_json(changed ? *changed : message.properties), message.body};
}

Json message_json(const queue::Got& taken, const Wish& wish) {
    auto message = shown_message(taken.message, taken.reply.delivery->delivery_count);
    auto payload = payload_of(message.body, wish.is_plain, wish.truncate);
    return {{"payload_bytes", message.body.size()},    {"redelivered", taken.reply.delivery->redelivered},
            {"exchange", std::move(message.exchange)}, {"routing_key", std::move(message.key)},
            {"message_count", taken.reply.ready_left}, {"properties", std::move(message.properties)},
            {"payload", std::move(payload.text)},      {"payload_encoding", payload.encoding}};
}

// What the holder still has is dead, or ready again.
void release(queue::QueuePlace& place, queue::HolderId holder, std::vector<queue::Source> rejected) {
    if (!rejected.empty()) {
        place.ask(
            queue::DispositionRequest{
                {.holder = holder, .verdict = queue::Verdict::reject, .messages = std::move(rejected)}},
            [](auto&&) {});
    }
    (void)await<bool>([&](auto done) { place.close(holder, [done] { done(true); }); });
}

// The messages as the client is to see them. Errors: those of the log; invalid_argument: the queue is another
// consumer's.
Result<Answer> take_all(queue::QueuePlace& place, QueueId queue, queue::HolderId holder, const Wish& wish,
                        std::vector<queue::Source>& rejected) {
    auto out = Json::array();
    for (std::size_t bytes = 0; static_cast<std::int64_t>(out.size()) < wish.count && bytes < max_bytes;) {
        const auto taken = await<queue::Got>(
            [&](auto done) { place.ask(queue::TakeRequest{queue, holder, wish.settles}, std::move(done)); });
        if (!taken) return taken.error();
        if (taken->reply.answer != queue::Answer::done)
            return bad_request("RESOURCE_LOCKED - the queue is for its consumer alone");
        if (!taken->reply.delivery) break;
        if (wish.rejects) rejected.push_back(taken->reply.delivery->message);
        out.push_back(message_json(*taken, wish));
        bytes += out.back()["payload_bytes"].get<std::size_t>();
    }
    return ok(std::move(out));
}

}  // namespace

Result<Answer> get_messages(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto* queue = (*host)->queues.find(call.arguments[1]);
    const auto stream = find_stream(call.services, call.arguments[0], call.arguments[1]);
    if (stream) return not_of_streams("540 basic.get", *stream);
    if (queue == nullptr) return not_found();
    if (auto good = check_access(call, queue->host, access::Operation::read, "queue", queue->name); !good)
        return good.error();
    if (queue->is_exclusive()) return bad_request("RESOURCE_LOCKED - the queue is another connection's");
    const auto wish = read_wish(call.body);
    if (!wish) return wish.error();
    const auto place = call.services.queues().place(queue->id);
    if (!place) return no_queue_logs();
    const auto holder = call.services.queues().new_holder();
    place->attach(holder, 0, std::make_shared<SilentReceiver>());
    std::vector<queue::Source> rejected;
    auto answer = take_all(*place, queue->id, holder, *wish, rejected);
    release(*place, holder, std::move(rejected));
    return answer;
}

}  // namespace weir::management
