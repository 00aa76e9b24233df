// The commands of the family `weir cluster`.
#pragma once

#include "app/command.hpp"

namespace weir::app {

void add_cluster_certificate(CLI::App& family, Action& action);

}  // namespace weir::app
