// The topology after thousands of random requests: its tables agree with one another, and with what snapshots
// give back.
#include <gtest/gtest.h>

#include <set>

#include "support/random_topology.hpp"

namespace weir::topology {
namespace {

class TopologyModel : public ::testing::TestWithParam<std::uint64_t> {};

void expect_bindings_have_both_ends(const HostState& state) {
    std::size_t count = 0;
    state.by_source.for_each([&](const BindingPtr& binding) {
        ++count;
        EXPECT_NE(state.exchanges.find(binding->source), nullptr);
        EXPECT_EQ(state.by_destination.find_shared(ByDestination::key(*binding)), binding);
        if (binding->kind == DestinationKind::exchange)
            EXPECT_NE(state.exchanges.find(binding->destination), nullptr);
        if (binding->kind != DestinationKind::queue) return;
        const auto* queue = state.queues.find(binding->destination);
        ASSERT_NE(queue, nullptr);
        EXPECT_EQ(queue->id, binding->queue);
    });
    EXPECT_EQ(count, state.by_source.size());
    EXPECT_EQ(count, state.by_destination.size());
}

void expect_consistent(const Topology& topology) {
    std::set<QueueId> ids;
    topology.hosts().for_each([&](const std::shared_ptr<const HostState>& state) {
        expect_bindings_have_both_ends(*state);
        state->queues.for_each([&](const QueuePtr& queue) {
            EXPECT_TRUE(ids.insert(queue->id).second);
            EXPECT_LT(queue->id, topology.next_queue_id());
        });
    });
    topology.all_permissions().for_each([&](const PermissionsPtr& at) {
        EXPECT_NE(topology.user(at->user), nullptr);
        EXPECT_NE(topology.host(at->host), nullptr);
    });
}

void expect_restorable(const Topology& topology) {
    const auto bytes = test::bytes_of(topology);
    FieldReader in{bytes};
    Topology restored;
    restored.read(in);
    ASSERT_TRUE(in.ok() && in.at_end());
    EXPECT_EQ(test::bytes_of(restored), bytes);
    expect_consistent(restored);
}

TEST_P(TopologyModel, HoldsTogetherWhateverIsAsked) {
    test::RandomTopology random{GetParam()};
    std::size_t auto_deleted = 0, most_bindings = 0;
    for (int i = 0; i < 3000; ++i) {
        random.step();
        std::size_t gone = 0;
        for (const auto& change : random.builder.changes.topology) {
            const auto* exchange = std::get_if<Change<Exchange>>(&change);
            if (exchange != nullptr && exchange->after == nullptr && exchange->before->is_auto_delete) ++gone;
        }
        auto_deleted += gone;
        if (const auto* host = random.builder.now.host("/"))
            most_bindings = std::max(most_bindings, host->by_source.size());
        expect_consistent(random.builder.now);
        if (i % 100 == 0) expect_restorable(random.builder.now);
    }
    EXPECT_GT(auto_deleted, 5u);
    EXPECT_GT(most_bindings, 10u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TopologyModel, ::testing::Range<std::uint64_t>(1, 11));

}  // namespace
}  // namespace weir::topology
