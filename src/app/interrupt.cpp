// A flag that signal handlers set.
#include "app/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace weir::app {

namespace {

// Not volatile sig_atomic_t: threads that the signal does not come to ask, too.
std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note(int signal) {
    was_interrupted = true;
    std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, note);
    std::signal(SIGTERM, note);
}

bool interrupted() {
    return was_interrupted;
}

}  // namespace weir::app
