// From the command line to an exit code.
#pragma once

#include "app/command.hpp"

namespace weir::app {

// The parser of all commands. What it is given asks `action` to be run.
std::unique_ptr<CLI::App> make_parser(Action& action);

// Parses, runs, prints what went wrong on standard error, and returns the process's exit code.
int run_command_line(int argc, char** argv);

}  // namespace weir::app
