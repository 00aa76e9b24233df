// `weir group delete`.
#include "app/group_command.hpp"
#include "client/groups.hpp"

namespace weir::app {

namespace {

struct DeleteOptions : ClientOptions {
    std::vector<std::string> groups;
};

Result<int> run_delete(const DeleteOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    for (const auto& name : options.groups) {
        const auto deleted = client::delete_group(**connection, name);
        if (!deleted) return deleted.error();
        fmt::print("deleted group {}\n", name);
    }
    return exit_success;
}

}  // namespace

void add_group_delete(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("delete", "Delete groups without members, and all they committed.");
    auto options = std::make_shared<DeleteOptions>();
    command->add_option("group", options->groups, "The groups.")->required()->type_name("GROUP");
    add_client_options(*command, options, false);
    add_examples(*command, "  weir group delete billing");
    run_when_chosen(*command, action, std::move(options), run_delete);
}

}  // namespace weir::app
