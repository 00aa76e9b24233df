// `weir group`: the family of group commands.
#include "app/group_command.hpp"

namespace weir::app {

void add_group_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("group", "List, describe, reset and delete consumer groups.");
    family->require_subcommand(0, 1);
    add_group_list(*family, action);
    add_group_describe(*family, action);
    add_group_reset(*family, action);
    add_group_delete(*family, action);
}

}  // namespace weir::app
