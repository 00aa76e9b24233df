// Virtual hosts and their limits.
#include "broker/topic_names.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/queue_view.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

constexpr std::string_view limit_prefix = "max-";

Json details(const Call& call, const topology::HostState& host, const std::vector<Stream>& streams) {
    auto out = host_json(*host.host);
    out["tracing"] = amqp::is_on(host.host->settings, amqp::trace_setting);
    out["cluster_state"] = Json{{node_name(call.services.broker.node()), "running"}};
    const auto counts = count_queues(call, visible_queues({&host}));
    out.update(message_totals(counts, record_count(call, streams)));
    return out;
}

Result<void> remove_streams(const Call& call, std::string_view host) {
    std::vector<std::string> topics;
    call.catalogue->for_each_topic([&](const metadata::TopicPtr& topic) {
        if (host != broker::plain_topics_host && broker::split_topic_name(topic->name).host == host)
            topics.push_back(topic->name);
    });
    for (const auto& name : topics) {
        const auto deleted = await<metadata::TopicPtr>([&](auto done) {
            call.services.broker.change(metadata::DeleteTopic{.name = name}, std::move(done));
        });
        if (!deleted && deleted.error().code != Errc::not_found) return deleted.error();
    }
    return {};
}

}  // namespace

Result<Answer> list_hosts(const Call& call) {
    const auto hosts = visible_hosts(call);
    std::map<std::string, std::vector<Stream>> streams;
    for (auto& stream : visible_streams(call.services, hosts))
        streams[stream.host].push_back(std::move(stream));
    std::vector<Json> items;
    for (const auto* host : hosts) items.push_back(details(call, *host, streams[host->host->name]));
    return listed(call, std::move(items));
}

Result<Answer> get_host(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return shown(call, details(call, **host, visible_streams(call.services, {*host})));
}

Result<Answer> put_host(const Call& call) {
    Fields fields{call.body};
    auto wanted = read_host(fields, call.arguments[0]);
    if (fields.has("tracing"))
        wanted.settings[std::string{amqp::trace_setting}] = fields.flag("tracing", false);
    if (fields.error()) return *fields.error();
    const auto is_new = make_host(call.services, std::move(wanted));
    if (!is_new) return is_new.error();
    if (!*is_new) return no_content();
    // Whoever makes a virtual host may use it.
    const auto granted = change(call.services, topology::SetPermissions{{.user = call.user->name,
                                                                         .host = call.arguments[0],
                                                                         .configure = ".*",
                                                                         .write = ".*",
                                                                         .read = ".*"}});
    if (!granted) return granted.error();
    return created_or_changed(true);
}

Result<Answer> delete_host(const Call& call) {
    const auto& name = call.arguments[0];
    const auto* host = call.topology().host(name);
    if (host == nullptr) return not_found();
    for (const auto& connection : call.services.connections.list()) {
        if (connection.host == name)
            call.services.connections.close(connection.id, fmt::format("vhost '{}' is deleted", name));
    }
    // Out of their logs first: once the virtual host is gone nobody knows of them any more.
    Result<void> removed;
    host->queues.for_each([&](const topology::QueuePtr& queue) {
        if (removed) removed = remove_queue(call.services, queue, false, false);
    });
    if (!removed) return removed.error();
    if (auto gone = remove_streams(call, name); !gone) return gone.error();
    const auto deleted = change(call.services, topology::DeleteVirtualHost{name});
    if (!deleted) return deleted.error();
    return no_content();
}

// They never stop.
Result<Answer> start_host(const Call& call) {
    if (call.topology().host(call.arguments[0]) == nullptr) return not_found();
    return no_content();
}

// ---- limits

Result<Answer> list_host_limits(const Call& call) {
    std::vector<Json> items;
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    for (const auto* host : *hosts) {
        auto value = Json::object();
        for (const auto& [name, limit] : host->host->settings) {
            if (name.starts_with(limit_prefix)) value[name] = to_json(limit);
        }
        if (!value.empty()) items.push_back({{"vhost", host->host->name}, {"value", std::move(value)}});
    }
    return listed(call, std::move(items));
}

namespace {

Result<Answer> change_limit(const Call& call, const std::optional<std::int64_t>& limit) {
    const auto* host = call.topology().host(call.arguments[0]);
    const auto& name = call.arguments[1];
    if (host == nullptr) return not_found();
    if (name != "max-connections" && name != "max-queues")
        return bad_request(fmt::format("unrecognised limit '{}'", name));
    auto changed = *host->host;
    if (limit)
        changed.settings[name] = topology::Integer{*limit, topology::Width::int64};
    else
        changed.settings.erase(name);
    const auto put = change(call.services, topology::PutVirtualHost{std::move(changed)});
    if (!put) return put.error();
    return no_content();
}

}  // namespace

Result<Answer> put_host_limit(const Call& call) {
    Fields fields{call.body};
    if (!fields.has("value")) fields.fail("key_missing: value");
    const auto limit = fields.integer("value", -1);
    if (fields.error()) return *fields.error();
    return change_limit(call, limit);
}

Result<Answer> delete_host_limit(const Call& call) {
    return change_limit(call, std::nullopt);
}

}  // namespace weir::management
