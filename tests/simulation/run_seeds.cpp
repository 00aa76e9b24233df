// A process for each seed.
#include "simulation/run_seeds.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

namespace weir::simulation {

namespace {

constexpr std::size_t most_counts = 32;

struct SeedOptions {
    std::string program;  // as it is called again
    std::uint64_t first = 1;
    std::uint64_t count = 500;
    bool should_fail = false;  // something is planted: one of the seeds must find it
    bool is_verbose = false;
};

void send_all(int to, const void* data, std::size_t size) {
    if (::write(to, data, size) != static_cast<ssize_t>(size)) ::_exit(1);
}

[[noreturn]] void run_here(int to, const Outcome& outcome) {
    std::fflush(stdout);
    std::uint64_t numbers[most_counts] = {outcome.counts.size()};
    for (std::size_t i = 0; i < outcome.counts.size(); ++i) numbers[i + 1] = outcome.counts[i].second;
    const char* names[most_counts] = {};  // the same addresses in both processes
    for (std::size_t i = 0; i < outcome.counts.size(); ++i) names[i] = outcome.counts[i].first;
    send_all(to, numbers, sizeof numbers);
    send_all(to, names, sizeof names);
    if (!outcome.breach.empty()) send_all(to, outcome.breach.data(), outcome.breach.size());
    ::_exit(0);
}

Outcome receive(int from) {
    Outcome out;
    std::uint64_t numbers[most_counts] = {};
    const char* names[most_counts] = {};
    const bool is_whole = ::read(from, numbers, sizeof numbers) == sizeof numbers &&
                          ::read(from, names, sizeof names) == sizeof names;
    if (!is_whole) return {.breach = "the process ended early; ", .counts = {}};
    for (std::size_t i = 0; i < numbers[0]; ++i) out.counts.emplace_back(names[i], numbers[i + 1]);
    char text[4096];
    for (ssize_t count = 0; (count = ::read(from, text, sizeof text)) > 0;)
        out.breach.append(text, static_cast<std::size_t>(count));
    return out;
}

Outcome run_apart(const std::function<Outcome(std::uint64_t)>& run, std::uint64_t seed) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const auto child = ::fork();
    if (child == 0) run_here(ends[1], run(seed));
    ::close(ends[1]);
    auto out = receive(ends[0]);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) out.breach += fmt::format("the process ended with status {:#x}", status);
    return out;
}

void add(Counts& sum, const Counts& one) {
    if (sum.empty())
        sum = one;
    else
        for (std::size_t i = 0; i < one.size(); ++i) sum[i].second += one[i].second;
}

std::string text(const Counts& counts) {
    std::string out;
    for (const auto& [name, count] : counts) out += fmt::format(", {} {}", count, name);
    return out;
}

void read_environment(SeedOptions& options) {
    if (const char* seed = std::getenv("WEIR_SEED")) {
        options.first = std::strtoull(seed, nullptr, 10);
        options.count = 1;
    }
    if (const char* seeds = std::getenv("WEIR_SEEDS")) options.count = std::strtoull(seeds, nullptr, 10);
}

int run_seeds(const SeedOptions& options, const std::function<Outcome(std::uint64_t)>& run) {
    Counts sum;
    for (auto seed = options.first; seed < options.first + options.count; ++seed) {
        const auto one = run_apart(run, seed);
        add(sum, one.counts);
        if (options.is_verbose) fmt::print("seed {}{}\n", seed, text(one.counts));
        if (one.breach.empty()) continue;
        fmt::print("seed {}: {}\nrun it again: WEIR_SEED={} {} --log\n", seed, one.breach, seed,
                   options.program);
        return options.should_fail ? 0 : 1;
    }
    fmt::print("{} seeds, no breach{}\n", options.count, text(sum));
    return options.should_fail ? 1 : 0;
}

}  // namespace

int simulate(const Simulator& simulator, int argc, char** argv) {
    SeedOptions options;
    read_environment(options);
    SeedRun each{.troubled_ms = simulator.troubled_ms};
    std::string bug = "none";
    CLI::App app{simulator.about};
    app.add_option("--first", options.first, "the first seed");
    app.add_option("--seeds", options.count, "how many");
    app.add_option("--bug", bug, std::string{"a planted one: "} + simulator.bugs);
    app.add_option("--troubled-ms", each.troubled_ms, "how long faults last, in virtual time");
    app.add_flag("--verbose", options.is_verbose, "tell of each seed");
    app.add_flag("--log", each.is_traced, "show what happens, and the real code's own lines");
    CLI11_PARSE(app, argc, argv);
    set_log_level(each.is_traced ? simulator.shown_level : LogLevel::off);
    const auto run = simulator.with_bug(bug);
    if (!run) {
        fmt::print("no such bug: {}\n", bug);
        return 2;
    }
    options.should_fail = bug != "none";
    options.program = fmt::format("{} --bug {}", simulator.program, bug);
    return run_seeds(options, [&](std::uint64_t seed) {
        each.seed = seed;
        return (*run)(each);
    });
}

}  // namespace weir::simulation
