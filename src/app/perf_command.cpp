// `weir perf`: the family of measuring commands.
#include "app/perf_command.hpp"

namespace weir::app {

void add_perf_command(CLI::App& parent, Action& action) {
    auto* family =
        parent.add_subcommand("perf", "Measure any Kafka-speaking broker: produce, consume, latency.");
    family->require_subcommand(0, 1);
    add_perf_produce(*family, action);
    add_perf_consume(*family, action);
    add_perf_latency(*family, action);
}

}  // namespace weir::app
