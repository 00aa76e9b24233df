// What the catalogue costs with 10,000 topics, with a topic of 10,000 partitions, and when a node of three
// fails.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/random.hpp"
#include "metadata/cluster_requests.hpp"
#include "metadata/placement.hpp"

namespace weir::metadata {
namespace {

constexpr int topic_count = 10'000;

const Catalogue& many_topics() {
    static const Catalogue catalogue = [] {
        SeededRandom random{1};
        Catalogue out{{.node = NodeId{1}}};
        (void)out.apply(NodeChanged{{.id = NodeId{1}}});
        for (int i = 0; i < topic_count; ++i) {
            (void)out.apply(TopicCreated{
                .id = random.uuid(), .name = fmt::format("some.topic.{}", i), .replicas = {{NodeId{1}}}});
        }
        return out;
    }();
    return catalogue;
}

void find_by_name(benchmark::State& state) {
    const auto& catalogue = many_topics();
    std::vector<std::string> names;
    for (int i = 0; i < topic_count; ++i) names.push_back(fmt::format("some.topic.{}", i));
    std::size_t i = 0;
    for (auto unused : state) benchmark::DoNotOptimize(catalogue.find(names[i++ * 7919 % names.size()]));
}
BENCHMARK(find_by_name);

void find_by_id(benchmark::State& state) {
    const auto& catalogue = many_topics();
    std::vector<Uuid> ids;
    catalogue.for_each_topic([&](const TopicPtr& topic) { ids.push_back(topic->id); });
    std::size_t i = 0;
    for (auto unused : state) benchmark::DoNotOptimize(catalogue.find(ids[i++ * 7919 % ids.size()]));
}
BENCHMARK(find_by_id);

void create_topic(benchmark::State& state) {
    const auto partitions = static_cast<std::size_t>(state.range(0));
    const TopicCreated command{.id = Uuid::from_random(0, 0),
                               .name = "new",
                               .replicas = std::vector<NodeList>(partitions, NodeList{NodeId{1}})};
    for (auto unused : state) {
        auto next = many_topics();
        benchmark::DoNotOptimize(next.apply(command));
    }
}
BENCHMARK(create_topic)->Arg(1)->Arg(10'000);

void change_all_topics_defaults(benchmark::State& state) {
    for (auto unused : state) {
        auto next = many_topics();
        benchmark::DoNotOptimize(
            next.apply(BrokerSettingsChanged{std::nullopt, {{"log.retention.ms", "1"}}}));
    }
}
BENCHMARK(change_all_topics_defaults)->Unit(benchmark::kMillisecond);

void take_snapshot(benchmark::State& state) {
    for (auto unused : state) benchmark::DoNotOptimize(many_topics().snapshot());
    state.counters["bytes"] = static_cast<double>(many_topics().snapshot().size());
}
BENCHMARK(take_snapshot)->Unit(benchmark::kMillisecond);

void restore_snapshot(benchmark::State& state) {
    const auto bytes = many_topics().snapshot();
    for (auto unused : state) {
        Catalogue catalogue;
        benchmark::DoNotOptimize(catalogue.restore(bytes));
    }
}
BENCHMARK(restore_snapshot)->Unit(benchmark::kMillisecond);

void apply_all(Catalogue& catalogue, const std::vector<Command>& commands) {
    for (const auto& command : commands) (void)catalogue.apply(command);
}

// Three nodes, 10,000 partitions of three replicas in so many topics.
Catalogue three_nodes(std::int64_t topics) {
    SeededRandom random{1};
    Catalogue out{{.node = NodeId{1}}};
    for (int i = 1; i <= 3; ++i)
        (void)out.apply(
            NodeChanged{{.id = NodeId{i}, .incarnation = random.uuid(), .broker_epoch = BrokerEpoch{1}}});
    for (std::int64_t i = 0; i < topics; ++i) {
        CreateTopic request{.name = fmt::format("some.topic.{}", i),
                            .partitions = static_cast<std::int32_t>(10'000 / topics),
                            .replication_factor = 3};
        request.id = random.uuid();
        apply_all(out, decide(out, request)->commands);
    }
    return out;
}

void decide_failover(benchmark::State& state) {
    const auto catalogue = three_nodes(state.range(0));
    const FenceNode request{{NodeId{1}, BrokerEpoch{1}}};
    for (auto unused : state) benchmark::DoNotOptimize(decide(catalogue, request));
    const auto commands = decide(catalogue, request)->commands;
    state.counters["entry_bytes"] = static_cast<double>(encode_entry(commands).size());
}
BENCHMARK(decide_failover)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

void apply_failover(benchmark::State& state) {
    const auto catalogue = three_nodes(state.range(0));
    const auto entry = encode_entry(decide(catalogue, FenceNode{{NodeId{1}, BrokerEpoch{1}}})->commands);
    for (auto unused : state) {
        auto next = catalogue;
        apply_all(next, *decode_entry(entry));
        benchmark::DoNotOptimize(next.unclean_elections());
    }
}
BENCHMARK(apply_failover)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

// A node with 10 partitions fails beside 9,990 that do not concern it.
void decide_failover_of_a_small_node(benchmark::State& state) {
    auto catalogue = three_nodes(1);
    const NodeId small{4};
    (void)catalogue.apply(NodeChanged{{.id = small, .incarnation = Uuid::from_random(4, 4)}});
    (void)catalogue.apply(TopicCreated{.id = Uuid::from_random(5, 5),
                                       .name = "small",
                                       .replicas = std::vector<NodeList>(10, {small, NodeId{1}})});
    for (auto unused : state) benchmark::DoNotOptimize(decide(catalogue, FenceNode{{small, BrokerEpoch{0}}}));
}
BENCHMARK(decide_failover_of_a_small_node);

void alter_one_in_sync_set(benchmark::State& state) {
    const auto catalogue = three_nodes(1);
    const auto& topic = *catalogue.find("some.topic.0");
    const auto leader = topic.partition(PartitionId{5000})->leader;
    const AlterPartitions request{
        .leader = {leader, BrokerEpoch{1}},
        .items = {
            {.topic = topic.id, .partition = PartitionId{5000}, .in_sync = {{leader, BrokerEpoch{1}}}}}};
    for (auto unused : state) {
        auto next = catalogue;
        apply_all(next, decide(catalogue, request)->commands);
        benchmark::DoNotOptimize(next.unclean_elections());
    }
}
BENCHMARK(alter_one_in_sync_set)->Unit(benchmark::kMicrosecond);

void place_ten_thousand_partitions(benchmark::State& state) {
    const auto catalogue = three_nodes(100);
    for (auto unused : state) benchmark::DoNotOptimize(Placer{catalogue, nullptr, 1}.next(10'000, 3));
}
BENCHMARK(place_ten_thousand_partitions)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::metadata

BENCHMARK_MAIN();
