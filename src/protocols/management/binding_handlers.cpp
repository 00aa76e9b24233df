// Bindings, and those of every queue to the default exchange, which nobody made.
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/streams.hpp"
#include "protocols/management/target.hpp"

namespace weir::management {

namespace {

Json details(const topology::Binding& binding) {
    auto out = binding_json(binding);
    out["properties_key"] = properties_key(binding);
    return out;
}

// Of a queue or a stream.
Json default_binding(const std::string& host, const std::string& name) {
    return details({.host = host, .source = "", .destination = name, .key = name});
}

std::string exchange_name(const std::string& in_path) {
    return in_path == "amq.default" ? "" : in_path;
}

Result<topology::DestinationKind> destination_kind(const std::string& letter) {
    if (letter == "q") return topology::DestinationKind::queue;
    if (letter == "e") return topology::DestinationKind::exchange;
    return not_found();
}

std::vector<Json> defaults_of(const Call& call, const std::vector<const topology::HostState*>& hosts) {
    std::vector<Json> out;
    for (const auto* host : hosts) {
        host->queues.for_each([&](const topology::QueuePtr& queue) {
            out.push_back(default_binding(host->host->name, queue->name));
        });
    }
    for (const auto& stream : visible_streams(call.services, hosts))
        out.push_back(default_binding(stream.host, stream.name));
    return out;
}

std::vector<Json> all_of(const Call& call, const std::vector<const topology::HostState*>& hosts) {
    auto out = defaults_of(call, hosts);
    for (const auto* host : hosts)
        host->by_source.for_each([&](const topology::BindingPtr& at) { out.push_back(details(*at)); });
    return out;
}

// The two ends of vhost/e/SOURCE/q/DESTINATION.
struct Ends {
    const topology::HostState* host;
    std::string source;
    topology::DestinationKind kind;
    std::string destination;
};

Result<Ends> ends_of(const Call& call, bool for_change) {
    const auto host = for_change ? own_host(call, call.arguments[0]) : visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto kind = destination_kind(call.arguments[2]);
    if (!kind) return kind.error();
    Ends out{*host, exchange_name(call.arguments[1]), *kind, call.arguments[3]};
    if (*kind == topology::DestinationKind::exchange) out.destination = exchange_name(out.destination);
    const auto end = with_stream(
        call.services, {.host = call.arguments[0], .kind = out.kind, .destination = out.destination});
    out.kind = end.kind;
    out.destination = end.destination;
    return out;
}

bool is_queue_or_stream(const Ends& ends) {
    if (ends.kind == topology::DestinationKind::topic) return true;
    return ends.kind == topology::DestinationKind::queue &&
           ends.host->queues.find(ends.destination) != nullptr;
}

std::vector<topology::BindingPtr> bindings_between(const Ends& ends) {
    std::vector<topology::BindingPtr> out;
    ends.host->for_each_to(ends.kind, ends.destination, [&](const topology::BindingPtr& at) {
        if (at->source == ends.source) out.push_back(at);
    });
    return out;
}

// By its properties key, however the client has encoded that.
topology::BindingPtr binding_named(const Ends& ends, const std::string& key) {
    for (const auto& at : bindings_between(ends)) {
        const auto its = properties_key(*at);
        if (its == key || percent_decoded(its, false).value() == key) return at;
    }
    return nullptr;
}

Result<void> check_rights(const Call& call, const topology::Binding& binding) {
    const bool to_exchange = binding.kind == topology::DestinationKind::exchange;
    if (binding.source.empty() || (to_exchange && binding.destination.empty()))
        return bad_request("ACCESS_REFUSED - operation not permitted on the default exchange");
    if (auto good = check_access(call, binding.host, access::Operation::write,
                                 to_exchange ? "exchange" : "queue", shown_destination(binding));
        !good)
        return good;
    return check_access(call, binding.host, access::Operation::read, "exchange", binding.source);
}

bool is_exchange(const topology::HostState& host, const std::string& name) {
    return name.empty() || host.exchanges.find(name) != nullptr;
}

}  // namespace

Result<Answer> list_bindings(const Call& call) {
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    return listed(call, all_of(call, *hosts));
}

Result<Answer> list_bindings_of_source(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto name = exchange_name(call.arguments[1]);
    if (!is_exchange(**host, name)) return not_found();
    std::vector<Json> items;
    if (name.empty()) items = defaults_of(call, {*host});
    (*host)->for_each_from(name, [&](const topology::BindingPtr& at) { items.push_back(details(*at)); });
    return listed(call, std::move(items));
}

Result<Answer> list_bindings_to_exchange(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto name = exchange_name(call.arguments[1]);
    if (!is_exchange(**host, name)) return not_found();
    std::vector<Json> items;
    (*host)->for_each_to(topology::DestinationKind::exchange, name,
                         [&](const topology::BindingPtr& at) { items.push_back(details(*at)); });
    return listed(call, std::move(items));
}

Result<Answer> list_bindings_to_queue(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto& name = call.arguments[1];
    const auto end = with_stream(call.services, {.host = call.arguments[0], .destination = name});
    const bool is_stream = end.kind == topology::DestinationKind::topic;
    if (!is_stream && (*host)->queues.find(name) == nullptr) return not_found();
    std::vector<Json> items{default_binding(call.arguments[0], name)};
    (*host)->for_each_to(end.kind, end.destination,
                         [&](const topology::BindingPtr& at) { items.push_back(details(*at)); });
    return listed(call, std::move(items));
}

Result<Answer> list_bindings_between(const Call& call) {
    const auto ends = ends_of(call, false);
    if (!ends) return ends.error();
    std::vector<Json> items;
    if (ends->source.empty() && is_queue_or_stream(*ends))
        items.push_back(default_binding(call.arguments[0], call.arguments[3]));
    for (const auto& at : bindings_between(*ends)) items.push_back(details(*at));
    return listed(call, std::move(items));
}

Result<Answer> post_binding(const Call& call) {
    const auto ends = ends_of(call, true);
    if (!ends) return ends.error();
    Fields fields{call.body};
    auto wanted = read_binding(fields, call.arguments[0]);
    if (fields.error()) return *fields.error();
    wanted.source = ends->source;
    wanted.kind = ends->kind;
    wanted.destination = ends->destination;
    if (auto good = check_rights(call, wanted); !good) return good.error();
    const auto made = make_binding(call.services, wanted);
    if (!made) return made.error();
    // The stored one knows its arguments' bytes, which are part of its name.
    const auto catalogue = call.services.queues().catalogue();
    const auto* there = catalogue->topology().binding(wanted);
    const auto key = properties_key(there != nullptr ? *there : wanted);
    // Relative to the request's address, as clients take it apart.
    const auto location = fmt::format("{}/{}", percent_encoded(call.arguments[3]), percent_encoded(key));
    return Answer{.status = 201, .headers = {{"location", location}}};
}

Result<Answer> get_binding(const Call& call) {
    const auto ends = ends_of(call, false);
    if (!ends) return ends.error();
    const auto there = binding_named(*ends, call.arguments[4]);
    if (!there) return not_found();
    return shown(call, details(*there));
}

Result<Answer> delete_binding(const Call& call) {
    const auto ends = ends_of(call, true);
    if (!ends) return ends.error();
    const auto there = binding_named(*ends, call.arguments[4]);
    if (!there) return not_found();
    if (auto good = check_rights(call, *there); !good) return good.error();
    const auto removed = change(call.services, topology::Unbind{*there});
    if (!removed) return removed.error();
    if (!removed->was_there) return not_found();
    return no_content();
}

}  // namespace weir::management
