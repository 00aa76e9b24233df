// `weir cluster`: the family of commands about a cluster's nodes.
#include "app/cluster_command.hpp"

namespace weir::app {

void add_cluster_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("cluster", "Look after a cluster and its nodes.");
    family->require_subcommand(0, 1);
    add_cluster_status(*family, action);
    add_cluster_nodes(*family, action);
    add_cluster_drain(*family, action);
    add_cluster_undrain(*family, action);
    add_cluster_remove(*family, action);
    add_cluster_add(*family, action);
    add_cluster_certificate(*family, action);
}

}  // namespace weir::app
