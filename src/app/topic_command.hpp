// The topic commands, a file for each.
#pragma once

#include "app/client_options.hpp"

namespace weir::app {

void add_topic_reassign(CLI::App& family, Action& action);
void add_topic_copy(CLI::App& family, Action& action);
void add_topic_create(CLI::App& family, Action& action);
void add_topic_list(CLI::App& family, Action& action);
void add_topic_describe(CLI::App& family, Action& action);
void add_topic_alter(CLI::App& family, Action& action);
void add_topic_delete(CLI::App& family, Action& action);

}  // namespace weir::app
