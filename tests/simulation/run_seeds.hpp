// Runs a simulation through many seeds, each in a process of its own, and tells how to run the first that
// fails again. From the command line, and WEIR_SEED and WEIR_SEEDS where they are set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log_line.hpp"

namespace weir::simulation {

// What was counted, by name: the same names in the same order for every seed.
using Counts = std::vector<std::pair<const char*, std::uint64_t>>;

struct Outcome {
    std::string breach{};  // empty: all went well
    Counts counts{};
};

// One run, as it was asked for.
struct SeedRun {
    std::uint64_t seed = 1;
    std::int64_t troubled_ms = 0;  // how long faults last, in virtual time
    bool is_traced = false;
};

using RunSeed = std::function<Outcome(const SeedRun&)>;

// One of the seeded programs.
struct Simulator {
    const char* program;  // as it is called again
    const char* about;
    const char* bugs;  // what --bug takes
    std::int64_t troubled_ms;
    LogLevel shown_level;  // of the real code's lines, with --log
    // How to run a seed with the bug of that name ("none": without); nothing if there is no such bug.
    std::function<std::optional<RunSeed>(const std::string& name)> with_bug;
};

// The program's main; 0 if all is as it should be: with a bug, if one of the seeds finds it. An assertion
// that fails is a breach like others.
int simulate(const Simulator& simulator, int argc, char** argv);

}  // namespace weir::simulation
