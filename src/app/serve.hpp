// The server: everything below the commands, wired together.
#pragma once

#include "app/config_sources.hpp"

namespace weir::app {

// Runs the server until it is told to stop (SIGTERM, SIGINT) and returns once all is closed. When clients can
// connect it prints `weir VERSION is ready: Kafka clients connect to HOST:PORT` on standard output, once.
// Errors: what kept it from starting, as a sentence for whoever started it.
Result<void> serve(const EffectiveConfig& effective);

}  // namespace weir::app
