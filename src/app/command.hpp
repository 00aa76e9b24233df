// How a subcommand joins the parser, what it may return, and how it writes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "base/result.hpp"

namespace weir::app {

// Exit codes, documented in docs/operating/commands.md.
enum ExitCode : int {
    exit_success = 0,
    exit_failure = 1,      // it was understood and did not work
    exit_usage = 2,        // the command line or the configuration is wrong
    exit_unreachable = 3,  // no broker answered in time
};

// What the parsed command line asks for. An Error is printed as one line; its code chooses the exit code.
using Action = std::function<Result<int>()>;

// Makes `command`, once it is the one chosen, hand `options` to `run`. The options live as long as the
// parser.
template <class Options>
void run_when_chosen(CLI::App& command, Action& action, std::shared_ptr<Options> options,
                     Result<int> (*run)(const Options&)) {
    command.final_callback(
        [&action, options = std::move(options), run] { action = [options, run] { return run(*options); }; });
}

// The text below the options of --help: examples that can be pasted.
inline void add_examples(CLI::App& command, const std::string& examples) {
    command.footer("\nExamples:\n" + examples);
}

void add_serve_command(CLI::App& parent, Action& action);
void add_config_command(CLI::App& parent, Action& action);
void add_topic_command(CLI::App& parent, Action& action);
void add_group_command(CLI::App& parent, Action& action);
void add_produce_command(CLI::App& parent, Action& action);
void add_consume_command(CLI::App& parent, Action& action);
void add_perf_command(CLI::App& parent, Action& action);
void add_cluster_command(CLI::App& parent, Action& action);
void add_vhost_command(CLI::App& parent, Action& action);
void add_user_command(CLI::App& parent, Action& action);
void add_permission_command(CLI::App& parent, Action& action);
void add_queue_command(CLI::App& parent, Action& action);
void add_subscription_command(CLI::App& parent, Action& action);
void add_exchange_command(CLI::App& parent, Action& action);
void add_binding_command(CLI::App& parent, Action& action);
void add_policy_command(CLI::App& parent, Action& action);
void add_definitions_command(CLI::App& parent, Action& action);
void add_rabbitmqctl_command(CLI::App& parent, Action& action);
void add_log_command(CLI::App& parent, Action& action);
void add_completion_command(CLI::App& parent, Action& action);
void add_version_command(CLI::App& parent, Action& action);

}  // namespace weir::app
