// What the catalogue costs with 10,000 topics, and with a topic of 10,000 partitions.
#include <benchmark/benchmark.h>

#include "base/random.hpp"
#include "metadata/catalogue.hpp"

namespace weir::metadata {
namespace {

constexpr int topic_count = 10'000;

const Catalogue& many_topics() {
    static const Catalogue catalogue = [] {
        SeededRandom random{1};
        Catalogue out{{.node = NodeId{1}}};
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

}  // namespace
}  // namespace weir::metadata

BENCHMARK_MAIN();
