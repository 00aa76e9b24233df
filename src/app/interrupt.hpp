// Ctrl-C and SIGTERM for client commands: they finish what they are at and leave.
#pragma once

namespace weir::app {

// From now on the first SIGINT or SIGTERM only makes interrupted() true; the second ends the process.
void catch_interrupts();
bool interrupted();

}  // namespace weir::app
