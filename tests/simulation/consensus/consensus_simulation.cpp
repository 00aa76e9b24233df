// Runs the metadata log's group through many seeds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/log_line.hpp"
#include "simulation/consensus/scenario.hpp"

int main(int argc, char** argv) {
    using namespace weir;
    using namespace weir::simulation;
    SeedOptions options;
    read_environment(options);
    std::string bug_name = "none";
    std::int64_t troubled_ms = 6'000;
    bool shows_log = false;
    CLI::App app{"Simulates the metadata log's group, with faults"};
    app.add_option("--first", options.first, "the first seed");
    app.add_option("--seeds", options.count, "how many");
    app.add_option("--bug", bug_name, "a planted one: forgotten-vote, early-answer, lost-entries, early-say");
    app.add_option("--troubled-ms", troubled_ms, "how long faults last, in virtual time");
    app.add_flag("--verbose", options.is_verbose, "tell of each seed");
    app.add_flag("--log", shows_log, "show the log's own lines");
    CLI11_PARSE(app, argc, argv);
    set_log_level(shows_log ? LogLevel::warning : LogLevel::off);
    const auto bug = planted_bug(bug_name);
    if (!bug) {
        fmt::print("no such bug: {}\n", bug_name);
        return 2;
    }
    options.should_fail = *bug != PlantedBug::none;
    options.program = "consensus_simulation --bug " + bug_name;
    return run_seeds(options, [&](std::uint64_t seed) {
        return Scenario{{.seed = seed, .bug = *bug, .troubled_ms = troubled_ms}}.run();
    });
}
