// The group commands, a file for each.
#pragma once

#include "app/client_options.hpp"

namespace weir::app {

void add_group_list(CLI::App& family, Action& action);
void add_group_describe(CLI::App& family, Action& action);
void add_group_reset(CLI::App& family, Action& action);
void add_group_delete(CLI::App& family, Action& action);

}  // namespace weir::app
