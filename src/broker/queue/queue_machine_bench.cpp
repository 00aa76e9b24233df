// What the queues' state machine costs by itself: a message published, delivered and settled; fan-out; a
// snapshot written and loaded.
#include <benchmark/benchmark.h>

#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;

// A leader whose log takes everything at once.
class Leader {
  public:
    Leader() { machine.start(now_ms); }

    void declare(std::uint64_t queues) {
        for (std::uint64_t id = 0; id < queues; ++id) {
            Effects effects;
            machine.declare(QueueId{id}, "q", {}, now_ms, effects);
            append(effects);
        }
    }
    void publish(const PublishRequest& request) {
        Effects effects;
        machine.publish(request, now_ms, effects);
        append(effects);
    }
    // Encodes as the log would have it, and applies.
    void append(const Effects& effects) {
        for (const auto& record : effects.records) {
            bytes += encode(record).size();
            machine.apply(record, Offset{position++}, now_ms, 100);
        }
    }
    std::vector<Delivery> deliver() {
        Effects effects;
        machine.committed(Offset{position}, effects);
        machine.dispatch(now_ms, effects);
        append(effects);
        return std::move(effects.deliveries);
    }
    void settle(const std::vector<Delivery>& deliveries) {
        SettleRequest request{.holder = HolderId{1}};
        for (const auto& one : deliveries) request.messages.push_back(one.message);
        Effects effects;
        machine.settle(request, now_ms, effects);
        append(effects);
    }

    QueueMachine machine;
    std::int64_t position = 0;
    std::size_t bytes = 0;
};

void publish_deliver_settle(benchmark::State& state) {
    const auto at_once = static_cast<std::size_t>(state.range(0));
    Leader leader;
    leader.declare(1);
    Effects effects;
    leader.machine.consume({QueueId{0}, {.id = ConsumerId{1}, .holder = HolderId{1}}}, now_ms, effects);
    const PublishRequest request{.targets = {QueueId{0}}, .content_bytes = 100};
    for (auto _ : state) {
        for (std::size_t i = 0; i < at_once; ++i) leader.publish(request);
        leader.settle(leader.deliver());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.counters["log bytes a message"] =
        static_cast<double>(leader.bytes) / static_cast<double>(state.iterations() * state.range(0));
}
BENCHMARK(publish_deliver_settle)->Arg(1)->Arg(64);

void fan_out(benchmark::State& state) {
    Leader leader;
    leader.declare(static_cast<std::uint64_t>(state.range(0)));
    PublishRequest request{.content_bytes = 10'240};
    for (std::int64_t id = 0; id < state.range(0); ++id) {
        request.targets.push_back(QueueId{static_cast<std::uint64_t>(id)});
    }
    for (auto _ : state) leader.publish(request);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fan_out)->Arg(10)->Arg(1'000)->Iterations(2'000);

void snapshot_and_load(benchmark::State& state) {
    Leader leader;
    leader.declare(1);
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        leader.publish({.targets = {QueueId{0}}, .content_bytes = 100});
    }
    std::size_t bytes = 0;
    for (auto _ : state) {
        const Bytes snapshot = leader.machine.snapshot();
        QueueMachine again;
        if (!again.load(snapshot)) state.SkipWithError("the snapshot does not load");
        bytes = snapshot.size();
    }
    state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(snapshot_and_load)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::queue

BENCHMARK_MAIN();
