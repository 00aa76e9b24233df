// A flag that signal handlers set.
#include "app/interrupt.hpp"

#include <csignal>

namespace weir::app {

namespace {

volatile std::sig_atomic_t was_interrupted = 0;

void note(int signal) {
    was_interrupted = 1;
    std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, note);
    std::signal(SIGTERM, note);
}

bool interrupted() {
    return was_interrupted != 0;
}

}  // namespace weir::app
