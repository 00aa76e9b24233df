// Decisions about virtual hosts, exchanges, queues, bindings and policies.
#include "base/assert.hpp"
#include "metadata/topology/binding_rules.hpp"
#include "metadata/topology/effective_policy.hpp"
#include "metadata/topology/format.hpp"
#include "metadata/topology/removal.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {

namespace {

constexpr std::size_t max_dropped_at_once = 1000;  // their commands fit into one entry of the log

Error no_host(std::string_view name) {
    return {Errc::not_found, fmt::format("there is no virtual host '{}'", name.substr(0, max_name_bytes))};
}

Result<void> check_name(std::string_view what, std::string_view name) {
    if (name.empty()) return Error{Errc::invalid_name, fmt::format("{} needs a name", what)};
    if (name.size() > max_name_bytes) {
        return Error{Errc::invalid_name, fmt::format("the name of {} has at most {} bytes, this one has {}",
                                                     what, max_name_bytes, name.size())};
    }
    return {};
}

Result<void> check_room(std::string_view what, std::size_t count, std::size_t most) {
    if (count < most) return {};
    return Error{Errc::limit_exceeded, fmt::format("there can be no more than {} {}", most, what)};
}

Result<void> check_host(const VirtualHost& host) {
    if (auto good = check_name("a virtual host", host.name); !good) return good;
    if (host.tags.size() > max_tags)
        return Error{Errc::invalid_argument, fmt::format("a virtual host has at most {} tags", max_tags)};
    for (const auto& tag : host.tags)
        if (auto good = check_name("a tag", tag); !good) return good;
    if (host.description.size() > max_value_text_bytes)
        return Error{Errc::invalid_argument, "the description is too long"};
    return check_table(host.settings);
}

Result<void> check_exchange(const HostState& state, const Exchange& exchange) {
    if (auto good = check_name("an exchange", exchange.name); !good) return good;
    if (auto good = check_room("exchanges", state.exchanges.size(), max_exchanges); !good) return good;
    return check_table(exchange.arguments);
}

// The limit that its own settings set, if they do.
std::size_t queue_limit(const VirtualHost& host) {
    const auto at = host.settings.find("max-queues");
    const auto limit = at != host.settings.end() ? at->second.integer() : std::nullopt;
    return limit && *limit >= 0 ? std::min(static_cast<std::size_t>(*limit), max_queues) : max_queues;
}

Result<void> check_ends(const HostState& state, Binding& binding) {
    if (state.exchanges.find(binding.source) == nullptr) {
        return Error{Errc::not_found, fmt::format("there is no exchange '{}' in the virtual host '{}'",
                                                  binding.source, binding.host)};
    }
    if (resolve(state, binding)) return {};
    return Error{Errc::not_found, fmt::format("there is no {} '{}' in the virtual host '{}'",
                                              binding.kind == DestinationKind::queue ? "queue" : "exchange",
                                              binding.destination, binding.host)};
}

Result<void> check_binding_texts(const Binding& binding) {
    if (binding.key.size() > max_name_bytes) {
        return Error{Errc::invalid_argument,
                     fmt::format("a binding key has at most {} bytes", max_name_bytes)};
    }
    if (auto good = check_name("a destination", binding.destination); !good) return good;
    return check_table(binding.arguments);
}

}  // namespace

Decided<PutVirtualHost> decide(const Topology& topology, const PutVirtualHost& request) {
    if (auto good = check_host(request.host); !good) return good.error();
    const auto* there = topology.host(request.host.name);
    Decision<PutVirtualHost::Reply> out{.reply = {.is_new = there == nullptr}};
    if (there == nullptr || *there->host != request.host)
        out.commands.emplace_back(VirtualHostChanged{request.host});
    if (there != nullptr) return out;
    if (auto room = check_room("virtual hosts", topology.hosts().size(), max_virtual_hosts); !room)
        return room.error();
    HostState state;
    for (auto exchange : request.exchanges) {
        exchange.host = request.host.name;
        if (auto good = check_exchange(state, exchange); !good) return good.error();
        if (state.exchanges.find(exchange.name) != nullptr)
            return Error{Errc::invalid_argument, fmt::format("exchange '{}' is given twice", exchange.name)};
        state.exchanges.put(std::make_shared<const Exchange>(exchange));
        out.commands.emplace_back(ExchangeDeclared{std::move(exchange)});
    }
    return out;
}

Decided<DeleteVirtualHost> decide(const Topology& topology, const DeleteVirtualHost& request) {
    if (topology.host(request.host) == nullptr) return no_host(request.host);
    return Decision<DeleteVirtualHost::Reply>{{VirtualHostDeleted{request.host}}, {}};
}

Decided<DeclareExchange> decide(const Topology& topology, const DeclareExchange& request) {
    const auto* state = topology.host(request.exchange.host);
    if (state == nullptr) return no_host(request.exchange.host);
    if (const auto& there = state->exchanges.find_shared(request.exchange.name)) {
        return Decision<DeclareExchange::Reply>{
            {}, {there, false, difference_of(request.exchange, *there, request.compared)}};
    }
    if (auto good = check_exchange(*state, request.exchange); !good) return good.error();
    return Decision<DeclareExchange::Reply>{
        {ExchangeDeclared{request.exchange}},
        {std::make_shared<const Exchange>(request.exchange), true, std::nullopt}};
}

Decided<DeleteExchange> decide(const Topology& topology, const DeleteExchange& request) {
    const auto* state = topology.host(request.host);
    if (state == nullptr) return no_host(request.host);
    const auto& there = state->exchanges.find_shared(request.name);
    if (there == nullptr) return Decision<DeleteExchange::Reply>{};
    if (request.if_unused && state->has_bindings_from(request.name))
        return Decision<DeleteExchange::Reply>{{}, {there, true}};
    return Decision<DeleteExchange::Reply>{{ExchangeDeleted{request.host, request.name}}, {there, false}};
}

Decided<DeclareQueue> decide(const Topology& topology, const DeclareQueue& request) {
    const auto* state = topology.host(request.queue.host);
    if (state == nullptr) return no_host(request.queue.host);
    if (const auto& there = state->queues.find_shared(request.queue.name)) {
        return Decision<DeclareQueue::Reply>{
            {}, {there, false, difference_of(request.queue, *there, request.compared)}};
    }
    if (auto good = check_name("a queue", request.queue.name); !good) return good.error();
    if (auto good = check_table(request.queue.arguments); !good) return good.error();
    if (auto room = check_room("queues", state->queues.size(), queue_limit(*state->host)); !room)
        return room.error();
    auto queue = request.queue;
    queue.id = topology.next_queue_id();
    if (queue.id.value >= queue_id_limit) return Error{Errc::limit_exceeded, "all ids of queues are used up"};
    return Decision<DeclareQueue::Reply>{{QueueDeclared{queue}},
                                         {std::make_shared<const Queue>(queue), true, std::nullopt}};
}

Decided<DeleteQueue> decide(const Topology& topology, const DeleteQueue& request) {
    const auto* state = topology.host(request.host);
    if (state == nullptr) return no_host(request.host);
    const auto& there = state->queues.find_shared(request.name);
    if (there == nullptr || (request.id && *request.id != there->id)) return Decision<DeleteQueue::Reply>{};
    return Decision<DeleteQueue::Reply>{{QueueDeleted{request.host, request.name}}, {there}};
}

Decided<DropTransients> decide(const Topology& topology, const DropTransients& request) {
    Decision<DropTransients::Reply> out;
    auto& [queues, has_more] = out.reply;
    auto left = topology;  // what goes along with a queue can't be dropped once more
    const auto drop = [&](Command command) {
        const auto applied = left.apply(command);
        ASSERT(applied);
        out.commands.push_back(std::move(command));
    };
    const auto has_room = [&] {
        has_more = has_more || out.commands.size() == max_dropped_at_once;
        return !has_more;
    };
    topology.hosts().for_each([&](const auto& state) {
        state->queues.for_each([&](const QueuePtr& queue) {
            if (queue->is_durable || queue->node != request.node || !has_room()) return;
            drop(QueueDeleted{queue->host, queue->name});
            queues.push_back(queue);
        });
        state->exchanges.for_each([&](const ExchangePtr& exchange) {
            if (exchange->is_durable || !request.with_exchanges) return;
            if (left.exchange(exchange->host, exchange->name) == nullptr || !has_room()) return;
            drop(ExchangeDeleted{exchange->host, exchange->name});
        });
    });
    return out;
}

Decided<Bind> decide(const Topology& topology, const Bind& request) {
    const auto* state = topology.host(request.binding.host);
    if (state == nullptr) return no_host(request.binding.host);
    if (auto good = check_binding_texts(request.binding); !good) return good.error();
    auto binding = request.binding;
    if (auto good = check_ends(*state, binding); !good) return good.error();
    const auto& source = *state->exchanges.find(binding.source);
    if (auto good = check_binding(source.kind, binding); !good) return good.error();
    if (state->by_source.find(BySource::key(binding)) != nullptr) return Decision<Bind::Reply>{{}, {false}};
    if (auto room = check_room("bindings", state->by_source.size(), max_bindings); !room) return room.error();
    return Decision<Bind::Reply>{{BindingAdded{request.binding}}, {true}};
}

Decided<Unbind> decide(const Topology& topology, const Unbind& request) {
    if (topology.binding(request.binding) == nullptr) return Decision<Unbind::Reply>{};
    return Decision<Unbind::Reply>{{BindingRemoved{request.binding}}, {true}};
}

Decided<SetPolicy> decide(const Topology& topology, const SetPolicy& request) {
    const auto& policy = request.policy;
    const auto* state = topology.host(policy.host);
    if (state == nullptr) return no_host(policy.host);
    if (auto good = check_name("a policy", policy.name); !good) return good.error();
    if (auto pattern = Pattern::compile(policy.pattern); !pattern) return pattern.error();
    if (auto good = check_definition(policy.definition); !good) return good.error();
    const auto* there = state->policies.find(ByKindAndName::key(policy));
    if (there == nullptr) {
        if (auto room = check_room("policies", state->policies.size(), max_policies); !room)
            return room.error();
    } else if (*there == policy) {
        return Decision<SetPolicy::Reply>{};
    }
    return Decision<SetPolicy::Reply>{{PolicySet{policy}}, {}};
}

Decided<ClearPolicy> decide(const Topology& topology, const ClearPolicy& request) {
    const auto* state = topology.host(request.host);
    if (state == nullptr) return no_host(request.host);
    if (state->policies.find({request.is_operator, request.name}) == nullptr) {
        return Error{Errc::not_found, fmt::format("there is no policy '{}' in the virtual host '{}'",
                                                  request.name.substr(0, max_name_bytes), request.host)};
    }
    return Decision<ClearPolicy::Reply>{{PolicyCleared{request.host, request.is_operator, request.name}}, {}};
}

}  // namespace weir::topology
