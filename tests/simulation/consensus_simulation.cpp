// Runs the metadata log's group through many seeds, and tells of the first that breaks a rule how to run it
// again.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/log_line.hpp"
#include "simulation/scenario.hpp"

namespace {

using namespace weir;
using namespace weir::simulation;

struct Options {
    std::uint64_t first = 1;
    std::uint64_t count = 500;
    std::string bug = "none";
    std::int64_t troubled_ms = 6'000;
    bool is_verbose = false;
};

void add(Counts& sum, const Counts& one) {
    sum.steps += one.steps;
    sum.acknowledgements += one.acknowledgements;
    sum.crashes += one.crashes;
    sum.elections += one.elections;
    sum.group_changes += one.group_changes;
    sum.transfers += one.transfers;
    sum.installs += one.installs;
    sum.refusals_for_space += one.refusals_for_space;
}

std::string text(const Counts& sum) {
    return fmt::format(
        "{} steps, {} acknowledged, {} crashes, {} elections, {} changes of the group, {} transfers, {} "
        "snapshots "
        "installed, {} refused for space",
        sum.steps, sum.acknowledgements, sum.crashes, sum.elections, sum.group_changes, sum.transfers,
        sum.installs, sum.refusals_for_space);
}

// An assertion that fails, in the engine or in ours, is a breach like others: so each seed has a process.
Outcome run_apart(const ScenarioOptions& options) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const auto child = ::fork();
    if (child == 0) {
        const auto outcome = Scenario{options}.run();
        const auto sent = ::write(ends[1], &outcome.counts, sizeof outcome.counts) +
                          ::write(ends[1], outcome.breach.data(), outcome.breach.size());
        ::_exit(sent > 0 ? 0 : 1);
    }
    ::close(ends[1]);
    Outcome out;
    char text[4096];
    const bool is_whole = ::read(ends[0], &out.counts, sizeof out.counts) == sizeof out.counts;
    for (ssize_t count = 0; (count = ::read(ends[0], text, sizeof text)) > 0;)
        out.breach.append(text, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!is_whole || status != 0) out.breach += fmt::format("the process ended with status {:#x}", status);
    return out;
}

// 0: as it should be. A planted bug should be found, nothing else should be.
int run(const Options& options) {
    const auto bug = planted_bug(options.bug);
    if (!bug) {
        fmt::print("no such bug: {}\n", options.bug);
        return 2;
    }
    Counts sum;
    for (auto seed = options.first; seed < options.first + options.count; ++seed) {
        const auto one = run_apart({.seed = seed, .bug = *bug, .troubled_ms = options.troubled_ms});
        add(sum, one.counts);
        if (options.is_verbose)
            fmt::print("seed {}: {} nodes, {}\n", seed, one.counts.nodes, text(one.counts));
        if (one.breach.empty()) continue;
        fmt::print(
            "seed {}, {} nodes: {}\nrun it again: consensus_simulation --first {} --seeds 1 --bug {} --log\n",
            seed, one.counts.nodes, one.breach, seed, options.bug);
        return *bug == PlantedBug::none ? 1 : 0;
    }
    fmt::print("{} seeds, no breach: {}\n", options.count, text(sum));
    return *bug == PlantedBug::none ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    bool shows_log = false;
    CLI::App app{"Simulates the metadata log's group, with faults"};
    app.add_option("--first", options.first, "the first seed");
    app.add_option("--seeds", options.count, "how many");
    app.add_option("--bug", options.bug, "a planted one: forgotten-vote, early-answer, lost-entries");
    app.add_option("--troubled-ms", options.troubled_ms, "how long faults last, in virtual time");
    app.add_flag("--verbose", options.is_verbose, "tell of each seed");
    app.add_flag("--log", shows_log, "show the log's own lines");
    CLI11_PARSE(app, argc, argv);
    set_log_level(shows_log ? LogLevel::warning : LogLevel::off);
    return run(options);
}
