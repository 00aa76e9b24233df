// Runs the metadata log's group through many seeds.
#include "simulation/consensus/scenario.hpp"

int main(int argc, char** argv) {
    using namespace weir::simulation;
    return simulate(
        {.program = "consensus_simulation",
         .about = "Simulates the metadata log's group, with faults",
         .bugs = "forgotten-vote, early-answer, lost-entries, early-say",
         .troubled_ms = 6'000,
         .shown_level = weir::LogLevel::warning,
         .with_bug = [](const std::string& name) -> std::optional<RunSeed> {
             const auto bug = planted_bug(name);
             if (!bug) return std::nullopt;
             return [bug = *bug](const SeedRun& run) {
                 return Scenario{{.seed = run.seed, .bug = bug, .troubled_ms = run.troubled_ms}}.run();
             };
         }},
        argc, argv);
}
