// The perf commands, a file for each.
#pragma once

#include "app/client_options.hpp"

namespace weir::app {

void add_perf_produce(CLI::App& family, Action& action);
void add_perf_consume(CLI::App& family, Action& action);
void add_perf_latency(CLI::App& family, Action& action);

}  // namespace weir::app
