// Runs a simulation through many seeds, each in a process of its own, and tells how to run the first that
// fails again.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir::simulation {

// What was counted, by name: the same names in the same order for every seed.
using Counts = std::vector<std::pair<const char*, std::uint64_t>>;

struct Outcome {
    std::string breach{};  // empty: all went well
    Counts counts{};
};

struct SeedOptions {
    std::string program;  // as it is called again
    std::uint64_t first = 1;
    std::uint64_t count = 500;
    bool should_fail = false;  // something is planted: one of the seeds must find it
    bool is_verbose = false;
};

// From WEIR_SEED and WEIR_SEEDS, where they are set.
void read_environment(SeedOptions& options);

// 0: as it should be. An assertion that fails is a breach like others.
int run_seeds(const SeedOptions& options, const std::function<Outcome(std::uint64_t seed)>& run);

}  // namespace weir::simulation
