// Looking into the topology, and what each command does to exchanges, queues, bindings and policies.
#include "metadata/topology/topology.hpp"

#include "metadata/topology/format.hpp"
#include "metadata/topology/removal.hpp"

namespace weir::topology {

namespace {

Error misfit_no_host(std::string_view name) {
    return misfit(fmt::format("there is no virtual host '{}'", name));
}

template <class T>
std::shared_ptr<const T> shared(T value) {
    return std::make_shared<const T>(std::move(value));
}

bool is_good_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name_bytes;
}

}  // namespace

bool HostState::has_bindings_from(std::string_view exchange) const {
    bool found = false;
    by_source.for_each_from({exchange, DestinationKind{}, {}, {}, {}}, [&](const BindingPtr& binding) {
        found = binding->source == exchange;
        return false;
    });
    return found;
}

void HostState::for_each_from(std::string_view exchange,
                              const std::function<void(const BindingPtr&)>& visit) const {
    by_source.for_each_from({exchange, DestinationKind{}, {}, {}, {}}, [&](const BindingPtr& binding) {
        if (binding->source != exchange) return false;
        visit(binding);
        return true;
    });
}

void HostState::for_each_to(DestinationKind kind, std::string_view destination,
                            const std::function<void(const BindingPtr&)>& visit) const {
    by_destination.for_each_from({kind, destination, {}, {}, {}}, [&](const BindingPtr& binding) {
        if (binding->kind != kind || binding->destination != destination) return false;
        visit(binding);
        return true;
    });
}

Result<void> Topology::apply(const Command& command, Changes* changes) {
    Changes unwanted;
    return std::visit([&](const auto& c) { return on(c, changes != nullptr ? *changes : unwanted); },
                      command);
}

const Exchange* Topology::exchange(std::string_view host, std::string_view name) const {
    const auto* state = hosts_.find(host);
    return state != nullptr ? state->exchanges.find(name) : nullptr;
}

const Queue* Topology::queue(std::string_view host, std::string_view name) const {
    const auto* state = hosts_.find(host);
    return state != nullptr ? state->queues.find(name) : nullptr;
}

const Binding* Topology::binding(const Binding& like) const {
    const auto* state = hosts_.find(like.host);
    if (state == nullptr) return nullptr;
    const auto code = encoded(like.arguments);
    return state->by_source.find({like.source, like.kind, like.destination, like.key, as_text(code)});
}

bool Topology::is_pristine() const {
    return hosts_.empty() && users_.empty() && permissions_.empty() && topic_permissions_.empty() &&
           parameters_.empty() && next_queue_id_ == QueueId{1};
}

void Topology::put(HostState host) {
    hosts_.put(shared(std::move(host)));
}

Result<void> Topology::on(const VirtualHostChanged& command, Changes& changes) {
    if (!is_good_name(command.host.name)) return misfit("a virtual host has no good name");
    const auto* before = hosts_.find(command.host.name);
    auto now = before != nullptr ? *before : HostState{};
    auto host = shared(command.host);
    changes.topology.emplace_back(Change<VirtualHost>{now.host, host});
    now.host = std::move(host);
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const VirtualHostDeleted& command, Changes& changes) {
    const auto state = hosts_.find_shared(command.host);
    if (state == nullptr) return misfit_no_host(command.host);
    state->queues.for_each(
        [&](const QueuePtr& queue) { changes.topology.emplace_back(Change<Queue>{queue, nullptr}); });
    changes.topology.emplace_back(Change<VirtualHost>{state->host, nullptr});
    changes.accounts = true;
    hosts_.erase(command.host);
    clear_permissions_in(command.host);
    clear_parameters_in(command.host);
    return {};
}

Result<void> Topology::on(const ExchangeDeclared& command, Changes& changes) {
    const auto& exchange = command.exchange;
    const auto* state = hosts_.find(exchange.host);
    if (state == nullptr) return misfit_no_host(exchange.host);
    if (!is_good_name(exchange.name) || state->exchanges.find(exchange.name) != nullptr)
        return misfit(fmt::format("the exchange '{}' is declared twice", exchange.name));
    auto now = *state;
    auto added = shared(exchange);
    changes.topology.emplace_back(Change<Exchange>{nullptr, added});
    now.exchanges.put(std::move(added));
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const ExchangeDeleted& command, Changes& changes) {
    const auto* state = hosts_.find(command.host);
    if (state == nullptr) return misfit_no_host(command.host);
    if (state->exchanges.find(command.name) == nullptr)
        return misfit(fmt::format("there is no exchange '{}' to delete", command.name));
    auto now = *state;
    Removal{now, changes}.exchange(command.name);
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const QueueDeclared& command, Changes& changes) {
    const auto& queue = command.queue;
    const auto* state = hosts_.find(queue.host);
    if (state == nullptr) return misfit_no_host(queue.host);
    if (!is_good_name(queue.name) || state->queues.find(queue.name) != nullptr)
        return misfit(fmt::format("the queue '{}' is declared twice", queue.name));
    if (queue.id < next_queue_id_ || queue.id.value >= queue_id_limit)
        return misfit(fmt::format("the queue '{}' has an id that it can't have", queue.name));
    next_queue_id_ = QueueId{queue.id.value + 1};
    auto now = *state;
    auto added = shared(queue);
    changes.topology.emplace_back(Change<Queue>{nullptr, added});
    now.queues.put(std::move(added));
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const QueueDeleted& command, Changes& changes) {
    const auto* state = hosts_.find(command.host);
    if (state == nullptr) return misfit_no_host(command.host);
    if (state->queues.find(command.name) == nullptr)
        return misfit(fmt::format("there is no queue '{}' to delete", command.name));
    auto now = *state;
    Removal{now, changes}.queue(command.name);
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const BindingAdded& command, Changes& changes) {
    const auto* state = hosts_.find(command.binding.host);
    if (state == nullptr) return misfit_no_host(command.binding.host);
    auto binding = command.binding;
    if (state->exchanges.find(binding.source) == nullptr || !resolve(*state, binding))
        return misfit(fmt::format("one end of a binding of '{}' is not there", binding.source));
    if (state->by_source.find(BySource::key(binding)) != nullptr)
        return misfit(fmt::format("a binding of '{}' is added twice", binding.source));
    auto now = *state;
    auto added = shared(std::move(binding));
    changes.topology.emplace_back(Change<Binding>{nullptr, added});
    now.by_source.put(added);
    now.by_destination.put(std::move(added));
    put(std::move(now));
    return {};
}

Result<void> Topology::on(const BindingRemoved& command, Changes& changes) {
    const auto* state = hosts_.find(command.binding.host);
    if (state == nullptr) return misfit_no_host(command.binding.host);
    auto binding = command.binding;
    binding.arguments_code = encoded(binding.arguments);
    const auto there = state->by_source.find_shared(BySource::key(binding));
    if (there == nullptr) return misfit(fmt::format("there is no such binding of '{}'", binding.source));
    auto now = *state;
    Removal{now, changes}.binding(there);
    put(std::move(now));
    return {};
}

void Topology::remove_topic(std::string_view topic, Changes* changes) {
    Changes unwanted;
    std::vector<HostState> changed;
    hosts_.for_each([&](const std::shared_ptr<const HostState>& state) {
        std::vector<BindingPtr> bindings;
        state->for_each_to(DestinationKind::topic, topic,
                           [&](const BindingPtr& binding) { bindings.push_back(binding); });
        if (bindings.empty()) return;
        auto now = *state;
        Removal removal{now, changes != nullptr ? *changes : unwanted};
        for (const auto& binding : bindings) removal.binding(binding);
        changed.push_back(std::move(now));
    });
    for (auto& state : changed) put(std::move(state));
}

Result<void> Topology::on(const PolicySet& command, Changes& changes) {
    const auto* state = hosts_.find(command.policy.host);
    if (state == nullptr) return misfit_no_host(command.policy.host);
    auto policy = command.policy;
    policy.compiled = Pattern::lenient(policy.pattern);
    auto now = *state;
    now.policies.put(shared(std::move(policy)));
    put(std::move(now));
    changes.topology.emplace_back(PoliciesChanged{command.policy.host});
    return {};
}

Result<void> Topology::on(const PolicyCleared& command, Changes& changes) {
    const auto* state = hosts_.find(command.host);
    if (state == nullptr) return misfit_no_host(command.host);
    if (state->policies.find({command.is_operator, command.name}) == nullptr)
        return misfit(fmt::format("there is no policy '{}' to clear", command.name));
    auto now = *state;
    now.policies.erase({command.is_operator, command.name});
    put(std::move(now));
    changes.topology.emplace_back(PoliciesChanged{command.host});
    return {};
}

}  // namespace weir::topology
