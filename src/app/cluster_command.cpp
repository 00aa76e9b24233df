// `weir cluster`: the family of commands about a cluster's nodes.
#include "app/cluster_command.hpp"

namespace weir::app {

void add_cluster_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("cluster", "Set up the nodes of a cluster.");
    family->require_subcommand(0, 1);
    add_cluster_certificate(*family, action);
}

}  // namespace weir::app
