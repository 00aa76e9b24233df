// `weir log`: the family of commands that look at files.
#include "app/log_command.hpp"

namespace weir::app {

void add_log_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("log", "Look into the files of a data directory.");
    family->require_subcommand(0, 1);
    add_log_dump(*family, action);
}

}  // namespace weir::app
