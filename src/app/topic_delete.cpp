// `weir topic delete`.
#include "app/topic_command.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct DeleteOptions : ClientOptions {
    std::vector<std::string> topics;
    bool if_exists = false;
};

Result<int> run_delete(const DeleteOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    for (const auto& name : options.topics) {
        const auto deleted = client::delete_topic(**connection, name);
        if (deleted) {
            fmt::print("deleted topic {}\n", name);
        } else if (options.if_exists && deleted.error().code == Errc::not_found) {
            fmt::print("there is no topic {}\n", name);
        } else {
            return deleted.error();
        }
    }
    return exit_success;
}

}  // namespace

void add_topic_delete(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("delete", "Delete topics and all their records.");
    auto options = std::make_shared<DeleteOptions>();
    command->add_option("topic", options->topics, "The topics.")->required()->type_name("TOPIC");
    command->add_flag("--if-exists", options->if_exists, "A topic that does not exist is no error.");
    add_client_options(*command, options, false);
    add_examples(*command, "  weir topic delete orders\n  weir topic delete a b c --if-exists");
    run_when_chosen(*command, action, std::move(options), run_delete);
}

}  // namespace weir::app
