// `weir topic`: the family of topic commands.
#include "app/topic_command.hpp"

namespace weir::app {

void add_topic_command(CLI::App& parent, Action& action) {
    auto* family =
        parent.add_subcommand("topic", "Create, list, describe, alter, copy, delete and move topics.");
    family->require_subcommand(0, 1);
    add_topic_create(*family, action);
    add_topic_list(*family, action);
    add_topic_describe(*family, action);
    add_topic_alter(*family, action);
    add_topic_copy(*family, action);
    add_topic_delete(*family, action);
    add_topic_reassign(*family, action);
}

}  // namespace weir::app
