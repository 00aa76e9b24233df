// Bindings, and those of every queue to the default exchange, which nobody made.
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/target.hpp"

namespace weir::management {

namespace {

Json details(const topology::Binding& binding) {
    auto out = binding_json(binding);
    out["properties_key"] = properties_key(binding);
    return out;
}

Json default_binding(const topology::Queue& queue) {
    return details({.host = queue.host, .source = "", .destination = queue.name, .key = queue.name});
}

std::string exchange_name(const std::string& in_path) {
    return in_path == "amq.default" ? "" : in_path;
}

Result<topology::DestinationKind> destination_kind(const std::string& letter) {
    if (letter == "q") return topology::DestinationKind::queue;
    if (letter == "e") return topology::DestinationKind::exchange;
    return not_found();
}

void add_all(std::vector<Json>& items, const topology::HostState& host) {
    host.queues.for_each([&](const topology::QueuePtr& queue) { items.push_back(default_binding(*queue)); });
    host.by_source.for_each([&](const topology::BindingPtr& at) { items.push_back(details(*at)); });
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
    return out;
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
                                 to_exchange ? "exchange" : "queue", binding.destination);
        !good)
        return good;
    return check_access(call, binding.host, access::Operation::read, "exchange", binding.source);
}

bool is_exchange(const topology::HostState& host, const std::string& name) {
    return name.empty() || host.exchanges.find(name) != nullptr;
}

}  // namespace

Result<Answer> list_bindings(const Call& call) {
    std::vector<Json> items;
    if (call.arguments.empty()) {
        for (const auto* host : visible_hosts(call)) add_all(items, *host);
        return listed(call, std::move(items));
    }
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    add_all(items, **host);
    return listed(call, std::move(items));
}

Result<Answer> list_bindings_of_source(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto name = exchange_name(call.arguments[1]);
    if (!is_exchange(**host, name)) return not_found();
    std::vector<Json> items;
    if (name.empty()) {
        (*host)->queues.for_each(
            [&](const topology::QueuePtr& queue) { items.push_back(default_binding(*queue)); });
    }
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
    const auto* queue = (*host)->queues.find(call.arguments[1]);
    if (queue == nullptr) return not_found();
    std::vector<Json> items{default_binding(*queue)};
    (*host)->for_each_to(topology::DestinationKind::queue, queue->name,
                         [&](const topology::BindingPtr& at) { items.push_back(details(*at)); });
    return listed(call, std::move(items));
}

Result<Answer> list_bindings_between(const Call& call) {
    const auto ends = ends_of(call, false);
    if (!ends) return ends.error();
    std::vector<Json> items;
    const auto* queue = ends->kind == topology::DestinationKind::queue && ends->source.empty()
                            ? ends->host->queues.find(ends->destination)
                            : nullptr;
    if (queue != nullptr) items.push_back(default_binding(*queue));
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
