// Runs whole clusters through many seeds.
#include "simulation/cluster/scenario.hpp"

int main(int argc, char** argv) {
    using namespace weir::simulation;
    return simulate({.program = "cluster_simulation",
                     .about = "Simulates clusters of brokers with their clients and operators, with faults",
                     .bugs = "see planted.cpp and planted_bug.cpp",
                     .troubled_ms = 5'000,
                     .shown_level = weir::LogLevel::info,
                     .with_bug = [](const std::string& name) -> std::optional<RunSeed> {
                         const auto bug = bug_named(name);
                         if (!bug) return std::nullopt;
                         return [bug = *bug](const SeedRun& run) {
                             return Scenario{{.seed = run.seed,
                                              .bug = bug,
                                              .troubled_ms = run.troubled_ms,
                                              .is_traced = run.is_traced}}
                                 .run();
                         };
                     }},
                    argc, argv);
}
