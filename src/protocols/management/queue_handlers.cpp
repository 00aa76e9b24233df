// Queues: declared, looked at, emptied and deleted.
#include "protocols/management/changes.hpp"
#include "protocols/management/connection_json.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/queue_view.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

constexpr std::string_view reserved_prefix = "amq.";

struct QueueTarget {
    const topology::HostState* host;
    topology::QueuePtr queue;
};

// The queue that the path names, in a virtual host where the user has permissions.
Result<QueueTarget> own_queue(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    auto queue = (*host)->queues.find_shared(call.arguments[1]);
    if (!queue) return not_found();
    return QueueTarget{*host, std::move(queue)};
}

Result<void> check_lock(const topology::Queue& queue) {
    if (!queue.is_exclusive()) return {};
    return bad_request(
        fmt::format("RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{}' in vhost '{}'",
                    queue.name, queue.host));
}

// Whoever has a queue's dead letters published must be allowed to take and to publish them himself.
Result<void> check_dead_letters(const Call& call, const topology::Queue& queue) {
    const auto at = queue.arguments.find("x-dead-letter-exchange");
    const auto* exchange = at == queue.arguments.end() ? nullptr : at->second.text();
    if (exchange == nullptr) return {};
    if (auto good = check_access(call, queue.host, access::Operation::read, "queue", queue.name); !good)
        return good;
    return check_access(call, queue.host, access::Operation::write, "exchange",
                        exchange->empty() ? "amq.default" : *exchange);
}

Json consumers_of(const Call& call, const std::string& host, const std::string& queue) {
    auto out = Json::array();
    for (const auto& connection : call.services.connections.list()) {
        if (connection.host != host) continue;
        for (auto& consumer : consumers_json(call, connection)) {
            if (consumer["queue"]["name"] == queue) out.push_back(std::move(consumer));
        }
    }
    return out;
}

// The answer if the path names a stream.
std::optional<Error> refused_for_stream(const Call& call, std::string_view what) {
    const auto host = own_host(call, call.arguments[0]);
    const auto stream =
        host ? find_stream(call.services, call.arguments[0], call.arguments[1]) : std::nullopt;
    return stream ? std::optional{not_of_streams(what, *stream)} : std::nullopt;
}

Result<Answer> delete_stream(const Call& call, const Stream& stream) {
    if (auto good = check_access(call, stream.host, access::Operation::configure, "queue", stream.name);
        !good)
        return good.error();
    if (const auto removed = remove_stream(call.services, stream); !removed) return removed.error();
    return no_content();
}

}  // namespace

Result<Answer> list_queues(const Call& call) {
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    const auto queues = visible_queues(*hosts);
    const auto counts = count_queues(call, queues);
    std::vector<Json> items;
    for (const auto& at : queues) {
        for (const auto& queue : at.queues) items.push_back(queue_details(call, *at.host, *queue, counts));
    }
    for (auto& stream : streams_details(call, visible_streams(call.services, *hosts)))
        items.push_back(std::move(stream));
    return listed(call, std::move(items));
}

Result<Answer> get_queue(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto queue = (*host)->queues.find_shared(call.arguments[1]);
    const auto stream =
        queue ? std::nullopt : find_stream(call.services, call.arguments[0], call.arguments[1]);
    if (!queue && !stream) return not_found();
    auto out =
        queue ? queue_details(call, **host, *queue, count_queues(call, std::vector{QueuesAt{*host, {queue}}}))
              : streams_details(call, {*stream}).front();
    out["consumer_details"] = consumers_of(call, call.arguments[0], call.arguments[1]);
    return shown(call, out);
}

Result<Answer> put_queue(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto& name = call.arguments[1];
    const auto there = (*host)->queues.find_shared(name);
    if (!there && name.starts_with(reserved_prefix)) {
        return bad_request(
            fmt::format("ACCESS_REFUSED - queue name '{}' contains reserved prefix 'amq.*'", name));
    }
    if (auto good = check_access(call, call.arguments[0], access::Operation::configure, "queue", name); !good)
        return good.error();
    if (there) {
        if (auto good = check_lock(*there); !good) return good.error();
    }
    Fields fields{call.body};
    auto wanted = read_queue(fields, call.arguments[0], name);
    if (fields.error()) return *fields.error();
    if (auto good = check_dead_letters(call, wanted); !good) return good.error();
    const auto is_new = make_queue(call.services, std::move(wanted));
    if (!is_new) return is_new.error();
    return created_or_changed(*is_new);
}

Result<Answer> delete_queue(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    if (const auto stream = find_stream(call.services, call.arguments[0], call.arguments[1]))
        return delete_stream(call, *stream);
    const auto target = own_queue(call);
    if (!target) return target.error();
    const auto& queue = *target->queue;
    if (auto good = check_access(call, queue.host, access::Operation::configure, "queue", queue.name); !good)
        return good.error();
    if (auto good = check_lock(queue); !good) return good.error();
    const auto removed =
        remove_queue(call.services, target->queue, call.is_set("if-unused"), call.is_set("if-empty"));
    if (!removed) return removed.error();
    return no_content();
}

Result<Answer> purge_queue(const Call& call) {
    if (auto refused = refused_for_stream(call, "queue.purge")) return *refused;
    const auto target = own_queue(call);
    if (!target) return target.error();
    const auto& queue = *target->queue;
    if (auto good = check_access(call, queue.host, access::Operation::read, "queue", queue.name); !good)
        return good.error();
    if (auto good = check_lock(queue); !good) return good.error();
    const auto purged =
        await<std::uint64_t>([&](auto done) { call.services.queues().purge(queue.id, std::move(done)); });
    if (!purged) return purged.error();
    return no_content();
}

// There are no mirrors to be synchronised.
Result<Answer> act_on_queue(const Call& call) {
    const auto target = own_queue(call);
    if (!target) return target.error();
    Fields fields{call.body};
    const auto action = fields.must_text("action");
    if (fields.error()) return *fields.error();
    if (action == "sync" || action == "cancel_sync") return no_content();
    return bad_request(fmt::format("unknown action '{}'", action));
}

}  // namespace weir::management
