// `weir topic alter`.
#include "app/topic_command.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct AlterOptions : ClientOptions {
    std::string topic;
    int partitions = 0;
    std::vector<std::string> config;
    std::vector<std::string> delete_config;
};

Result<client::ConfigChanges> changes_of(const AlterOptions& options) {
    client::ConfigChanges changes;
    for (const auto& text : options.config) {
        auto setting = parse_assignment(text, "--config");
        if (!setting) return setting.error();
        changes[setting->first] = setting->second;
    }
    for (const auto& name : options.delete_config) {
        if (!changes.try_emplace(name).second) {
            return Error{Errc::invalid_argument, fmt::format("{} is both set and deleted; choose one", name)};
        }
    }
    return changes;
}

Result<int> run_alter(const AlterOptions& options) {
    const auto changes = changes_of(options);
    if (!changes) return changes.error();
    if (changes->empty() && options.partitions == 0) {
        return Error{Errc::invalid_argument,
                     "nothing to alter: give --partitions, --config or --delete-config"};
    }
    const auto connection = connect(options);
    if (!connection) return connection.error();
    if (auto known = client::describe_topic(**connection, options.topic); !known) return known.error();
    if (options.partitions > 0) {
        auto grown = client::grow_topic(**connection, options.topic, options.partitions);
        if (!grown) return grown.error();
        fmt::print("topic {} has {} partitions now\n", options.topic, options.partitions);
    }
    if (!changes->empty()) {
        auto changed = client::change_topic_config(**connection, options.topic, *changes);
        if (!changed) return changed.error();
        for (const auto& [name, value] : *changes) {
            fmt::print("topic {}: {} is {} now\n", options.topic, name,
                       value ? *value : "the broker's default");
        }
    }
    return exit_success;
}

}  // namespace

void add_topic_alter(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("alter", "Change a topic's settings or give it more partitions.");
    auto options = std::make_shared<AlterOptions>();
    command->add_option("topic", options->topic, "The topic.")->required()->type_name("TOPIC");
    command
        ->add_option("--partitions,-p", options->partitions,
                     "How many partitions it shall have; never fewer.")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--config,-c", options->config, "A setting to change; may be repeated.")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_option("--delete-config,-d", options->delete_config, "A setting to hand back to the broker.")
        ->type_name("NAME")
        ->allow_extra_args(false);
    add_client_options(*command, options, false);
    add_examples(*command,
                 "  weir topic alter orders --partitions 12\n"
                 "  weir topic alter orders --config retention.ms=3600000 --delete-config segment.bytes");
    run_when_chosen(*command, action, std::move(options), run_alter);
}

}  // namespace weir::app
