// The decoder of metadata log entries takes any bytes; what it accepts encodes to the same commands. Applying
// them to a cluster never breaks it, and whatever state it gets into, it can be decided on.
#include "base/assert.hpp"
#include "metadata/cluster_requests.hpp"

namespace weir::metadata {
namespace {

Catalogue small_cluster() {
    Catalogue out;
    for (int i = 0; i < 4; ++i) ASSERT(out.apply(NodeChanged{{.id = NodeId{i}, .incarnation = Uuid{{1}}}}));
    ASSERT(out.apply(TopicCreated{
        .id = Uuid{}, .name = "t", .replicas = {{NodeId{0}, NodeId{1}, NodeId{2}}, {NodeId{1}, NodeId{3}}}}));
    return out;
}

template <class Request>
void decide_and_apply(Catalogue& catalogue, const Request& request) {
    const auto decision = decide(catalogue, request);
    if (!decision) return;
    const auto decoded = decode_entry(encode_entry(decision->commands));
    ASSERT(decoded && *decoded == decision->commands);
    for (const auto& command : decision->commands) ASSERT(catalogue.apply(command));
}

// A node fails, another is drained, and leaders go back where they belong.
void live_on(Catalogue& catalogue) {
    for (const auto& [id, node] : NodeMap{catalogue.nodes()}) {
        decide_and_apply(catalogue, FenceNode{{id, node.broker_epoch}});
        decide_and_apply(catalogue, DrainNode{id, Drain::replicas});
        decide_and_apply(catalogue, ControllerTick{.settle = true, .drain = true, .rebalance = true});
        decide_and_apply(catalogue, UnfenceNode{{id, node.broker_epoch}});
        decide_and_apply(catalogue, ElectLeaders{});
    }
}

// The epochs of a log of 2^31 elections: no catalogue gets there.
bool has_room_for_epochs(const Catalogue& catalogue) {
    bool out = true;
    catalogue.for_each_topic([&](const TopicPtr& topic) {
        for (const auto& at : *topic->partitions)
            out = out && at.leader_epoch.value < INT32_MAX / 2 && at.partition_epoch.value < INT32_MAX / 2;
    });
    return out;
}

}  // namespace
}  // namespace weir::metadata

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::metadata;
    const auto commands = decode_entry({data, size});
    if (!commands) return 0;
    const auto again = decode_entry(encode_entry(*commands));
    ASSERT(again && *again == *commands);
    auto catalogue = small_cluster();
    for (const auto& command : *commands) {
        const auto before = catalogue.topic_count();
        if (!catalogue.apply(command)) ASSERT(catalogue.topic_count() == before);
    }
    Catalogue restored;
    ASSERT(restored.restore(catalogue.snapshot()));
    ASSERT(restored.snapshot() == catalogue.snapshot());
    if (has_room_for_epochs(restored)) live_on(restored);
    return 0;
}
