// Their settings are the topic's, their counts its logs'.
#include "protocols/management/streams.hpp"

#include "broker/topic_names.hpp"
#include "broker/topic_size.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/stream_arguments.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/connection_json.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/queue_view.hpp"

namespace weir::management {

namespace {

bool is_hidden(const topology::HostState* host, const std::string& name) {
    return host == nullptr || host->queues.find(name) != nullptr;
}

std::vector<std::int64_t> record_counts(const Call& call, const std::vector<Stream>& streams) {
    std::vector<std::shared_ptr<std::promise<std::int64_t>>> asked;
    for (const auto& stream : streams) {
        const auto answer = asked.emplace_back(std::make_shared<std::promise<std::int64_t>>());
        broker::count_records(*stream.topic, call.services.broker.topic_access(),
                              [answer](std::int64_t count) { answer->set_value(count); });
    }
    std::vector<std::int64_t> out;
    const auto limit = std::chrono::steady_clock::now() + max_wait;
    for (const auto& answer : asked) {
        auto count = answer->get_future();
        const bool is_there = count.wait_until(limit) == std::future_status::ready;
        out.push_back(is_there ? count.get() : 0);
    }
    return out;
}

// By virtual host and name.
std::map<std::pair<std::string, std::string>, int> consumer_counts(const Call& call) {
    std::map<std::pair<std::string, std::string>, int> out;
    for (const auto& connection : call.services.connections.list()) {
        for (const auto& channel : connection.channels) {
            for (const auto& consumer : channel.consumers) ++out[{connection.host, consumer.queue}];
        }
    }
    return out;
}

Json node_names(const metadata::NodeList& nodes) {
    auto out = Json::array();
    for (const auto node : nodes) out.push_back(node_name(node));
    return out;
}

// Of the first partition: declared streams have no other.
void add_replicas(Json& json, const broker::Topic& topic) {
    const auto& partitions = *topic.info->partitions;
    bool is_led = true;
    for (const auto& partition : partitions) is_led = is_led && partition.leader != metadata::no_node;
    json["state"] = is_led ? "running" : "down";
    if (partitions.empty()) return;
    const auto& first = partitions.front();
    const bool has_leader = first.leader != metadata::no_node;
    json["leader"] = json["node"] = has_leader ? Json(node_name(first.leader)) : Json(nullptr);
    json["members"] = node_names(first.replicas);
    json["online"] = node_names(first.in_sync);
}

}  // namespace

std::vector<Stream> visible_streams(const Services& services,
                                    const std::vector<const topology::HostState*>& hosts) {
    std::map<std::string_view, const topology::HostState*> by_name;
    for (const auto* host : hosts) by_name[host->host->name] = host;
    std::vector<Stream> out;
    for (const auto& topic : services.broker.topics().all()) {
        if (topic->info->is_internal) continue;
        auto [host, name] = broker::split_topic_name(topic->name());
        const auto at = by_name.find(host);
        if (at != by_name.end() && !is_hidden(at->second, name))
            out.push_back({std::move(host), std::move(name), topic});
    }
    return out;
}

std::optional<Stream> find_stream(const Services& services, std::string_view host, std::string_view name) {
    auto topic = broker::find_in_host(services.broker.topics(), host, name);
    const auto catalogue = services.broker.queues().catalogue();
    Stream out{std::string{host}, std::string{name}, std::move(topic)};
    if (!out.topic || is_hidden(catalogue->topology().host(out.host), out.name)) return std::nullopt;
    return out;
}

Json stream_json(const Stream& stream) {
    return queue_json(
        {.host = stream.host,
         .name = stream.name,
         .arguments = amqp::stream_arguments(stream.topic->settings(), stream.topic->info->overrides)});
}

std::vector<Json> streams_details(const Call& call, const std::vector<Stream>& streams) {
    const auto counts = record_counts(call, streams);
    const auto consumers = consumer_counts(call);
    std::vector<Json> out;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const auto& stream = streams[i];
        auto json = stream_json(stream);
        add_replicas(json, *stream.topic);
        json["messages"] = json["messages_ready"] = counts[i];
        json["messages_unacknowledged"] = 0;
        const auto at = consumers.find({stream.host, stream.name});
        json["consumers"] = at == consumers.end() ? 0 : at->second;
        add_policy(json, {});
        out.push_back(std::move(json));
    }
    return out;
}

std::int64_t record_count(const Call& call, const std::vector<Stream>& streams) {
    std::int64_t sum = 0;
    for (const auto count : record_counts(call, streams)) sum += count;
    return sum;
}

bool is_stream(const topology::Queue& wanted) {
    const auto at = wanted.arguments.find(amqp::queue_type_argument);
    return at != wanted.arguments.end() && at->second.text() != nullptr &&
           *at->second.text() == amqp::stream_type;
}

Result<bool> make_stream(Services& services, const topology::Queue& wanted) {
    if (auto mistake = amqp::stream_mistake(wanted)) return bad_request(std::move(*mistake));
    auto settings = amqp::stream_settings(wanted);
    if (auto* mistake = std::get_if<std::string>(&settings)) return bad_request(std::move(*mistake));
    const auto made = await<metadata::TopicPtr>([&](auto done) {
        services.broker.change(amqp::stream_topic(wanted, std::get<metadata::Overrides>(std::move(settings)),
                                                  *services.broker.controller().catalogue()),
                               std::move(done));
    });
    if (made) return true;
    if (made.error().code != Errc::already_exists) return made.error();
    const auto there = find_stream(services, wanted.host, wanted.name);
    if (!there) return made.error();
    const auto difference =
        amqp::stream_difference(wanted.arguments, there->topic->settings(), there->topic->info->overrides);
    if (difference)
        return bad_request(amqp::inequivalent_text("queue", wanted.host, wanted.name, *difference));
    return false;
}

Result<void> remove_stream(Services& services, const Stream& stream) {
    const auto deleted = await<metadata::TopicPtr>([&](auto done) {
        services.broker.change(metadata::DeleteTopic{.name = stream.topic->name()}, std::move(done));
    });
    if (!deleted && deleted.error().code != Errc::not_found) return deleted.error();
    return {};
}

Error not_of_streams(std::string_view what, const Stream& stream) {
    return bad_request(fmt::format("{} not supported by stream queues queue '{}' in vhost '{}'", what,
                                   stream.name, stream.host));
}

topology::Binding with_stream(const Services& services, topology::Binding binding) {
    if (binding.kind != topology::DestinationKind::queue) return binding;
    const auto stream = find_stream(services, binding.host, binding.destination);
    if (!stream) return binding;
    binding.kind = topology::DestinationKind::topic;
    binding.destination = stream->topic->name();
    return binding;
}

}  // namespace weir::management
