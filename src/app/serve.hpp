// The server: everything below the commands, wired together.
#pragma once

#include "app/config_sources.hpp"
#include "base/time.hpp"
#include "runtime/file.hpp"

namespace weir::app {

// The machine that a server runs on: the real one, but for tests of what happens when it fails.
struct Machine {
    runtime::FileSystem& files = runtime::posix_file_system();
    Clock& clock = system_clock();
};

// Runs the server until it is told to stop (SIGTERM, SIGINT) and returns once all is closed. When clients can
// connect it prints `weir VERSION is ready: Kafka clients connect to HOST:PORT` on standard output, once.
// Errors: what kept it from starting, as a sentence for whoever started it.
Result<void> serve(const EffectiveConfig& effective, Machine machine = {});

}  // namespace weir::app
