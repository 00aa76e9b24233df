// The commands that look at files, a file for each.
#pragma once

#include "app/command.hpp"

namespace weir::app {

void add_log_dump(CLI::App& family, Action& action);

}  // namespace weir::app
