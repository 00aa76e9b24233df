// What routing costs with few bindings and with 100,000, and what it costs to add one more to these.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "broker/routing/router.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::routing {
namespace {

using topology::ExchangeKind;

constexpr std::int64_t many = 100'000;

struct World {
    topology::Topology topology;
    Router router;
    topology::Changes changes;

    template <class Request>
    void ask(const Request& request) {
        const auto decision = decide(topology, request);
        if (!decision) return;
        for (const auto& command : decision->commands) (void)topology.apply(command, &changes);
    }
    void publish() {
        router.update(topology, changes);
        changes = {};
    }
};

std::string key_for(ExchangeKind kind, std::int64_t i) {
    return kind == ExchangeKind::pattern ? fmt::format("shop.{}.*.order{}.#", i % 100, i)
                                         : fmt::format("some.key.{}", i);
}

topology::Binding binding_for(ExchangeKind kind, std::int64_t i) {
    topology::Binding out{.host = "/", .source = "x", .destination = fmt::format("queue.{}", i % many)};
    out.key = key_for(kind, i);
    if (kind == ExchangeKind::header) out.arguments["id"] = topology::Integer{i, topology::Width::int64};
    return out;
}

// One exchange with that many bindings, each to another queue. Made once, for it takes seconds.
World& world(ExchangeKind kind, std::int64_t bindings) {
    static std::map<std::pair<ExchangeKind, std::int64_t>, std::unique_ptr<World>> made;
    auto& out = made[{kind, bindings}];
    if (out != nullptr) return *out;
    out = std::make_unique<World>();
    out->ask(topology::PutVirtualHost{{.name = "/"}, {{.name = "x", .kind = kind}}});
    for (std::int64_t i = 0; i < bindings; ++i) {
        out->ask(topology::DeclareQueue{{.host = "/", .name = fmt::format("queue.{}", i)}});
        out->ask(topology::Bind{binding_for(kind, i)});
    }
    out->publish();
    return *out;
}

void route(benchmark::State& state, ExchangeKind kind, std::string_view exchange) {
    auto& made = world(kind, state.range(0));
    RouterReader reader{made.router};
    std::vector<std::string> keys;
    for (std::int64_t i = 0; i < 1000; ++i) {
        const auto n = i * 7919 % state.range(0);
        keys.push_back(exchange.empty() ? fmt::format("queue.{}", n)
                       : kind == ExchangeKind::pattern
                           ? fmt::format("shop.{}.any.order{}.one.two", n % 100, n)
                           : key_for(kind, n));
    }
    Route out;
    std::size_t i = 0, found = 0;
    for (auto unused : state) {
        const std::string_view key = keys[i++ % keys.size()];
        reader.find("/")->route({.exchange = exchange, .keys = {&key, 1}}, out);
        found += out.queues.size();
    }
    state.counters["queues"] = static_cast<double>(found) / static_cast<double>(i);
}
void route_default(benchmark::State& state) {
    route(state, ExchangeKind::direct, "");
}
void route_direct(benchmark::State& state) {
    route(state, ExchangeKind::direct, "x");
}
void route_pattern(benchmark::State& state) {
    route(state, ExchangeKind::pattern, "x");
}
void route_fan_out(benchmark::State& state) {
    route(state, ExchangeKind::fan_out, "x");
}
void route_consistent_hash(benchmark::State& state) {
    route(state, ExchangeKind::consistent_hash, "x");
}
BENCHMARK(route_default)->Arg(10)->Arg(many);
BENCHMARK(route_direct)->Arg(10)->Arg(many);
BENCHMARK(route_pattern)->Arg(10)->Arg(many);
BENCHMARK(route_fan_out)->Arg(10)->Arg(1000);
BENCHMARK(route_consistent_hash)->Arg(10);

// Through the decision, the catalogue, and the router's new tables, to where messages take it.
void bind_and_unbind(benchmark::State& state, ExchangeKind kind) {
    auto& made = world(kind, state.range(0));
    auto binding = binding_for(kind, state.range(0) + 1);
    binding.destination = "queue.0";
    for (auto unused : state) {
        made.ask(topology::Bind{binding});
        made.publish();
        made.ask(topology::Unbind{binding});
        made.publish();
    }
}
BENCHMARK_CAPTURE(bind_and_unbind, direct, ExchangeKind::direct)->Arg(many)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bind_and_unbind, fan_out, ExchangeKind::fan_out)->Arg(many)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bind_and_unbind, pattern, ExchangeKind::pattern)->Arg(many)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bind_and_unbind, header, ExchangeKind::header)->Arg(many)->Unit(benchmark::kMicrosecond);

void compile_all(benchmark::State& state) {
    auto& made = world(ExchangeKind::pattern, many);
    for (auto unused : state) benchmark::DoNotOptimize(RoutingTable{*made.topology.host("/")});
}
BENCHMARK(compile_all)->Unit(benchmark::kMillisecond);

void declare_queue(benchmark::State& state) {
    auto& made = world(ExchangeKind::direct, many);
    std::int64_t i = 0;
    for (auto unused : state) {
        made.ask(topology::DeclareQueue{{.host = "/", .name = fmt::format("new.{}", i++)}});
        made.publish();
    }
}
BENCHMARK(declare_queue)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::routing

BENCHMARK_MAIN();
