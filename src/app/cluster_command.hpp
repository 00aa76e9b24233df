// The commands of the family `weir cluster`.
#pragma once

#include "app/command.hpp"

namespace weir::app {

void add_cluster_status(CLI::App& family, Action& action);
void add_cluster_nodes(CLI::App& family, Action& action);
void add_cluster_drain(CLI::App& family, Action& action);
void add_cluster_undrain(CLI::App& family, Action& action);
void add_cluster_remove(CLI::App& family, Action& action);
void add_cluster_add(CLI::App& family, Action& action);
void add_cluster_certificate(CLI::App& family, Action& action);

}  // namespace weir::app
