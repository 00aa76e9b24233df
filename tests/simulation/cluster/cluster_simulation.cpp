// Runs whole clusters through many seeds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/log_line.hpp"
#include "simulation/cluster/scenario.hpp"

int main(int argc, char** argv) {
    using namespace weir;
    using namespace weir::simulation;
    SeedOptions options;
    read_environment(options);
    std::string bug_name = "none";
    std::int64_t troubled_ms = 5'000;
    bool shows_log = false;
    CLI::App app{"Simulates clusters of brokers with their clients and operators, with faults"};
    app.add_option("--first", options.first, "the first seed");
    app.add_option("--seeds", options.count, "how many");
    app.add_option("--bug", bug_name, "a planted one: see planted.cpp and planted_bug.cpp");
    app.add_option("--troubled-ms", troubled_ms, "how long faults last, in virtual time");
    app.add_flag("--verbose", options.is_verbose, "tell of each seed");
    app.add_flag("--log", shows_log, "show what happens, and the brokers' own lines");
    CLI11_PARSE(app, argc, argv);
    set_log_level(shows_log ? LogLevel::info : LogLevel::off);
    const auto bug = bug_named(bug_name);
    if (!bug) {
        fmt::print("no such bug: {}\n", bug_name);
        return 2;
    }
    options.should_fail = bug->is_planted();
    options.program = "cluster_simulation --bug " + bug_name;
    return run_seeds(options, [&](std::uint64_t seed) {
        return Scenario{{.seed = seed, .bug = *bug, .troubled_ms = troubled_ms, .is_traced = shows_log}}
            .run();
    });
}
