// The reader of topologies takes any bytes; what it accepts gives bytes that are stable, and can be decided
// on.
#include "base/assert.hpp"
#include "metadata/topology/effective_policy.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {
namespace {

Bytes bytes_of(const Topology& topology) {
    Bytes out;
    FieldWriter writer{out};
    topology.write(writer);
    return out;
}

template <class Request>
void decide_and_apply(Topology& topology, const Request& request) {
    const auto decision = decide(topology, request);
    if (!decision) return;
    for (const auto& command : decision->commands) ASSERT(topology.apply(command));
}

// Takes everything out again, piece by piece.
void empty_out(Topology topology, const HostState& state) {
    state.policies.for_each([&](const PolicyPtr& policy) {
        decide_and_apply(topology, ClearPolicy{policy->host, policy->name, policy->is_operator});
    });
    state.queues.for_each([&](const QueuePtr& queue) {
        (void)policy_of(state, *queue);
        decide_and_apply(topology, DeleteQueue{queue->host, queue->name});
    });
    state.by_source.for_each([&](const BindingPtr& at) { decide_and_apply(topology, Unbind{*at}); });
    state.exchanges.for_each([&](const ExchangePtr& exchange) {
        decide_and_apply(topology, DeleteExchange{exchange->host, exchange->name});
    });
    const auto* left = topology.host(state.host->name);
    ASSERT(left->by_source.empty() && left->by_destination.empty() && left->exchanges.empty());
}

}  // namespace
}  // namespace weir::topology

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::topology;
    FieldReader in{{data, size}};
    Topology topology;
    topology.read(in);
    if (!in.ok()) return 0;
    const auto bytes = bytes_of(topology);
    FieldReader again{bytes};
    Topology restored;
    restored.read(again);
    ASSERT(again.ok() && again.at_end() && bytes_of(restored) == bytes);
    topology.hosts().for_each([&](const auto& state) { empty_out(topology, *state); });
    return 0;
}
