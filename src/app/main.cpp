// The program: parses the command line, runs the one command it names, and turns failures into exit codes.
#include <csignal>

#include "app/command.hpp"
#include "app/command_line.hpp"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // `weir consume | head` gets EPIPE instead
    return weir::app::run_command_line(argc, argv);
}
