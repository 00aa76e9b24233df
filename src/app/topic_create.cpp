// `weir topic create`.
#include "app/topic_command.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct CreateOptions : ClientOptions {
    std::vector<std::string> topics;
    int partitions = -1;
    int replicas = -1;
    std::string mode;
    std::vector<std::string> config;
    bool if_not_exists = false;
};

Result<int> run_create(const CreateOptions& options) {
    client::NewTopic topic{{}, options.partitions, options.replicas, {}};
    for (const auto& text : options.config) {
        auto setting = parse_assignment(text, "--config");
        if (!setting) return setting.error();
        topic.config.insert(std::move(*setting));
    }
    // An explicit setting of the same name and another value is the operator's mistake.
    if (!options.mode.empty() &&
        topic.config.emplace("weir.mode", options.mode).first->second != options.mode)
        return Error{Errc::invalid_argument, "--mode and --config weir.mode say different things"};
    const auto connection = connect(options);
    if (!connection) return connection.error();
    for (const auto& name : options.topics) {
        topic.name = name;
        const auto created = client::create_topic(**connection, topic);
        if (created) {
            fmt::print("created topic {}\n", name);
        } else if (options.if_not_exists && created.error().code == Errc::already_exists) {
            fmt::print("topic {} exists already\n", name);
        } else {
            return created.error();
        }
    }
    return exit_success;
}

}  // namespace

void add_topic_create(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("create", "Create topics.");
    auto options = std::make_shared<CreateOptions>();
    command->add_option("topic", options->topics, "The names of the new topics.")
        ->required()
        ->type_name("TOPIC");
    command->add_option("--partitions,-p", options->partitions, "How many partitions; default: the broker's.")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    command
        ->add_option("--replicas,-r", options->replicas, "How many replicas of each; default: the broker's.")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000));
    command
        ->add_option("--mode,-m", options->mode,
                     "single (one replica, all on one node), plain (one replica, spread), mirrored (on every "
                     "node, or --replicas). weir's own; default: by --replicas.")
        ->type_name("MODE")
        ->check(CLI::IsMember({"single", "plain", "mirrored"}));
    command->add_option("--config,-c", options->config, "A setting of the topic's; may be repeated.")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_flag("--if-not-exists", options->if_not_exists, "A topic that exists is no error.");
    add_client_options(*command, options, false);
    add_examples(*command,
                 "  weir topic create orders\n"
                 "  weir topic create orders --partitions 6 --config retention.ms=86400000\n"
                 "  weir topic create payments --mode mirrored --replicas 3 --config min.insync.replicas=2\n"
                 "  weir topic create users --config cleanup.policy=compact --if-not-exists");
    run_when_chosen(*command, action, std::move(options), run_create);
}

}  // namespace weir::app
