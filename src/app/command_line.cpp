// The tree of commands; errors as one sentence, with the nearest right name where a name is wrong.
#include "app/command_line.hpp"

#include <unistd.h>

#include <cerrno>

#include "app/rabbitmqctl.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/nearest_name.hpp"

namespace weir::app {

namespace {

// The command that the line got as far as: the deepest one that was named.
const CLI::App& deepest(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : deepest(*chosen.front());
}

std::string path_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

// Options' help in lines of this many characters, under one another.
class HelpFormat : public CLI::Formatter {
  public:
    HelpFormat() { column_width(name_width); }
    std::string make_option_desc(const CLI::Option* option) const override {
        return wrapped(CLI::Formatter::make_option_desc(option), text_width);
    }
    std::string make_usage(const CLI::App* app, std::string) const override {
        const bool has_commands = !app->get_subcommands(nullptr).empty();
        std::string arguments;
        for (const auto* option :
             app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
            arguments += " " + make_option_usage(option);
        }
        return fmt::format("Usage: {}{}{}\n", path_of(*app), arguments,
                           has_commands ? " COMMAND" : " [OPTIONS]");
    }

  private:
    static constexpr std::size_t name_width = 34, text_width = 74;
};

std::string unknown_word(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    const bool is_flag = word.starts_with("-");
    if (is_flag) {
        for (const auto* option : app.get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        }
    } else {
        for (const auto* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
    }
    const auto equals = word.find('=');
    const auto bare = is_flag && equals != std::string::npos ? word.substr(0, equals) : word;
    return fmt::format("`{}` knows no {}{}", path_of(app), bare, did_you_mean(bare, names));
}

int print_error(const std::string& sentence, int code) {
    const bool colour = is_terminal(STDERR_FILENO);
    fmt::print(stderr, "{}weir:{} {}\n", colour ? "\x1b[31m" : "", colour ? "\x1b[0m" : "", sentence);
    return code;
}

int explain(CLI::App& parser, const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        return parser.exit(error);  // --help
    const auto& app = deepest(parser);
    const auto left = app.remaining(true);
    std::string sentence = error.what();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !left.empty()) {
        sentence = unknown_word(app, left.front());
    }
    return print_error(fmt::format("{} (`{} --help` explains)", sentence, path_of(app)), exit_usage);
}

int exit_code_for(Errc code) {
    switch (code) {
        case Errc::invalid_argument:
        case Errc::invalid_config: return exit_usage;
        case Errc::timed_out: return exit_unreachable;
        default: return exit_failure;
    }
}

}  // namespace

std::unique_ptr<CLI::App> make_parser(Action& action) {
    auto parser = std::make_unique<CLI::App>(
        "weir, a message broker: one durable log that Kafka's and RabbitMQ's clients use as they are.",
        "weir");
    parser->formatter(std::make_shared<HelpFormat>());
    parser->set_version_flag("--version", fmt::format("weir {}", version), "Print the version.");
    parser->require_subcommand(0, 1);
    add_serve_command(*parser, action);
    add_config_command(*parser, action);
    add_topic_command(*parser, action);
    add_group_command(*parser, action);
    add_produce_command(*parser, action);
    add_consume_command(*parser, action);
    add_perf_command(*parser, action);
    add_cluster_command(*parser, action);
    add_vhost_command(*parser, action);
    add_user_command(*parser, action);
    add_permission_command(*parser, action);
    add_queue_command(*parser, action);
    add_subscription_command(*parser, action);
    add_exchange_command(*parser, action);
    add_binding_command(*parser, action);
    add_policy_command(*parser, action);
    add_definitions_command(*parser, action);
    add_rabbitmqctl_command(*parser, action);
    add_log_command(*parser, action);
    add_completion_command(*parser, action);
    add_version_command(*parser, action);
    return parser;
}

int run_command_line(int argc, char** argv) {
    if (const auto words = rabbitmqctl_words({argv, static_cast<std::size_t>(argc)}))
        return run_rabbitmqctl(*words);
    Action action;
    const auto parser = make_parser(action);
    try {
        parser->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return explain(*parser, error);
    }
    if (!action) {  // a family of commands without its last word
        fmt::print("{}", deepest(*parser).help());
        return exit_usage;
    }
    const auto done = action();
    if (!done) return print_error(done.error().message, exit_code_for(done.error().code));
    if (std::fflush(stdout) != 0 && errno != EPIPE)
        return print_error("standard output takes no more", exit_failure);
    return *done;
}

}  // namespace weir::app
