// The subcommands of `weir queue` that have files of their own.
#pragma once

#include "app/command.hpp"

namespace weir::app {

void add_queue_move(CLI::App& family, Action& action);
void add_queue_replay(CLI::App& family, Action& action);

}  // namespace weir::app
