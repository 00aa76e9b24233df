// A removal takes bindings along, and these take auto-delete exchanges along; the last are found without
// recursion, so that a chain of them may be long.
#include "metadata/topology/removal.hpp"

#include "metadata/topology/format.hpp"

namespace weir::topology {

bool resolve(const HostState& state, Binding& binding) {
    binding.arguments_code = encoded(binding.arguments);
    switch (binding.kind) {
        case DestinationKind::topic: return true;
        case DestinationKind::exchange: return state.exchanges.find(binding.destination) != nullptr;
        case DestinationKind::queue: break;
    }
    const auto* queue = state.queues.find(binding.destination);
    if (queue != nullptr) binding.queue = queue->id;
    return queue != nullptr;
}

bool Removal::remove(const BindingPtr& binding) {
    if (state_.by_source.find(BySource::key(*binding)) == nullptr) return false;
    state_.by_source.erase(BySource::key(*binding));
    state_.by_destination.erase(ByDestination::key(*binding));
    changes_.topology.emplace_back(Change<Binding>{binding, nullptr});
    emptied_.push_back(binding->source);
    return true;
}

void Removal::binding(BindingPtr binding) {
    if (remove(binding)) without_sources();
}

void Removal::queue(std::string_view name) {
    const auto queue = state_.queues.find_shared(name);
    std::vector<BindingPtr> bindings;
    state_.for_each_to(DestinationKind::queue, queue->name,
                       [&](const BindingPtr& binding) { bindings.push_back(binding); });
    for (const auto& binding : bindings) remove(binding);
    state_.queues.erase(queue->name);
    changes_.topology.emplace_back(Change<Queue>{queue, nullptr});
    without_sources();
}

void Removal::exchange(std::string_view name) {
    const auto exchange = state_.exchanges.find_shared(name);
    std::vector<BindingPtr> bindings;
    const auto collect = [&](const BindingPtr& binding) { bindings.push_back(binding); };
    state_.for_each_from(exchange->name, collect);
    state_.for_each_to(DestinationKind::exchange, exchange->name, collect);
    for (const auto& binding : bindings) remove(binding);
    state_.exchanges.erase(exchange->name);
    changes_.topology.emplace_back(Change<Exchange>{exchange, nullptr});
    without_sources();
}

// Auto-delete exchanges among those that have lost a binding, if it was the last.
void Removal::without_sources() {
    while (!emptied_.empty()) {
        const auto name = std::move(emptied_.back());
        emptied_.pop_back();
        const auto exchange = state_.exchanges.find_shared(name);
        if (exchange == nullptr || !exchange->is_auto_delete || state_.has_bindings_from(name)) continue;
        std::vector<BindingPtr> bindings;
        state_.for_each_to(DestinationKind::exchange, name,
                           [&](const BindingPtr& binding) { bindings.push_back(binding); });
        for (const auto& binding : bindings) remove(binding);
        state_.exchanges.erase(name);
        changes_.topology.emplace_back(Change<Exchange>{exchange, nullptr});
    }
}

}  // namespace weir::topology
