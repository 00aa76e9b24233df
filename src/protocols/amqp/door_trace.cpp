// The firehose: while a virtual host is traced, each message that comes in or goes out is published once
// more, with who did it in its headers, to an exchange that operators bind queues to.
#include "broker/topic_names.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/server_properties.hpp"

namespace weir::amqp {
namespace {

// Properties as a table: integers as integers, all others as texts or tables.
class PropertyTable {
  public:
    template <class T>
    void field(std::string_view name, const std::optional<T>& value) {
        if (value) add(name, *value);
    }
    Table table() const { return writer_.table(); }

  private:
    void add(std::string_view name, std::string_view value) { writer_.add(name, value); }
    void add(std::string_view name, const Table& value) { writer_.add(name, value); }
    void add(std::string_view name, std::uint8_t value) { writer_.add(name, std::int32_t{value}); }
    void add(std::string_view name, std::uint64_t value) {
        writer_.add(name, static_cast<std::int64_t>(value));
    }

    TableWriter writer_;
};

void add_message(TableWriter& headers, std::string_view exchange, const std::vector<std::string_view>& keys,
                 const Properties& properties) {
    ArrayWriter routing_keys;
    for (const auto key : keys) routing_keys.add(key);
    PropertyTable table;
    Properties::fields(properties, table);
    headers.add("exchange_name", exchange);
    headers.add("routing_keys", routing_keys.array());
    headers.add("properties", table.table());
}

}  // namespace

bool QueueDoor::is_traced() {
    update_authorizer();
    return is_traced_;
}

void QueueDoor::add_actor(TableWriter& headers, ChannelNumber number) const {
    headers.add("node", node_name(broker_.node()));
    headers.add("vhost", host());
    headers.add("connection", session_.name());
    headers.add("channel", std::int32_t{number});
    headers.add("user", session_.user());
}

// Names by id are only needed here, where it may take long: queues are looked through for each message.
std::vector<std::string> QueueDoor::routed_names() const {
    std::vector<std::string> names;
    for (const auto& topic : route_.topics) names.push_back(broker::split_topic_name(topic).name);
    auto ids = route_.queues;
    ids.insert(ids.end(), delayed_.begin(), delayed_.end());
    if (ids.empty()) return names;
    const auto catalogue = queues_.catalogue();
    if (const auto* state = catalogue->topology().host(host())) {
        state->queues.for_each([&](const topology::QueuePtr& queue) {
            if (std::ranges::find(ids, queue->id) != ids.end()) names.push_back(queue->name);
        });
    }
    return names;
}

// Of the message that was routed last.
void QueueDoor::trace_publish(ChannelNumber number, const Publish& publish) {
    if (!is_traced()) return;
    ArrayWriter queues;
    for (const auto& name : routed_names()) queues.add(std::string_view{name});
    TableWriter headers;
    find_routing_keys(publish);
    add_message(headers, publish.method.exchange, keys_, publish.properties);
    add_actor(headers, number);
    headers.add("routed_queues", queues.array());
    publish_trace(number, fmt::format("publish.{}", publish.method.exchange), headers.table(), publish.body);
}

void QueueDoor::trace_delivery(ChannelNumber number, std::string_view queue, bool redelivered,
                               const Outgoing& message) {
    if (!is_traced() || queue.empty() || message.exchange == trace_exchange) return;
    const auto properties = decode_properties(message.properties);
    TableWriter headers;
    add_message(headers, message.exchange, {message.key}, properties ? *properties : Properties{});
    add_actor(headers, number);
    headers.add("redelivered", std::int32_t{redelivered});
    publish_trace(number, fmt::format("deliver.{}", queue), headers.table(), message.body);
}

void QueueDoor::publish_trace(ChannelNumber number, std::string_view key, const Table& headers,
                              ByteView body) {
    Publish trace;
    trace.method.exchange = trace_exchange;
    trace.method.routing_key = key.substr(0, max_short_string);
    trace.properties.headers = headers;
    const auto properties = encode_properties(trace.properties);
    trace.property_bytes = properties;
    trace.body = body;
    if (route(trace)) enqueue(trace, channel(number).holder, 0);
}

}  // namespace weir::amqp
