// `weir group list`.
#include <nlohmann/json.hpp>

#include "app/group_command.hpp"
#include "app/terminal.hpp"
#include "client/groups.hpp"

namespace weir::app {

namespace {

Result<int> run_list(const ClientOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    const auto groups = client::list_groups(**connection);
    if (!groups) return groups.error();
    Table table{{"GROUP", "STATE"}};
    auto json = nlohmann::json::array();
    for (const auto& group : *groups) {
        table.add({group.name, group.state});
        json.push_back({{"group", group.name}, {"state", group.state}});
    }
    if (options.json) {
        fmt::print("{}\n", json.dump(2));
    } else if (table.empty()) {
        fmt::print("no groups yet; `weir consume TOPIC --group NAME` makes one\n");
    } else {
        table.print();
    }
    return exit_success;
}

}  // namespace

void add_group_list(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("list", "List the consumer groups.");
    auto options = std::make_shared<ClientOptions>();
    add_client_options(*command, options, true);
    add_examples(*command,
                 "  weir group list\n"
                 "  weir group list --json | jq -r '.[].group'");
    run_when_chosen(*command, action, std::move(options), run_list);
}

}  // namespace weir::app
