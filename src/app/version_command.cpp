// `weir version`: which weir this is.
#include "app/command.hpp"
#include "app/version.hpp"

namespace weir::app {

namespace {

struct VersionOptions {
    bool json = false;
};

Result<int> run_version(const VersionOptions& options) {
    if (options.json) {
        fmt::print("{{\"version\": \"{}\"}}\n", version);
    } else {
        fmt::print("weir {}\n", version);
    }
    return exit_success;
}

}  // namespace

void add_version_command(CLI::App& parent, Action& action) {
    auto* command = parent.add_subcommand("version", "Print the version.");
    auto options = std::make_shared<VersionOptions>();
    command->add_flag("--json", options->json, "For scripts.");
    add_examples(*command,
                 "  weir version\n"
                 "  weir version --json");
    run_when_chosen(*command, action, std::move(options), run_version);
}

}  // namespace weir::app
