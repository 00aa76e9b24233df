// `weir topic list`.
#include <nlohmann/json.hpp>

#include "app/terminal.hpp"
#include "app/topic_command.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct ListOptions : ClientOptions {
    bool internal = false;
};

bool is_internal(const std::string& name) {
    return name.starts_with("__");
}

std::size_t replicas_of(const client::TopicInfo& topic) {
    return topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size();
}

Result<int> run_list(const ListOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    const auto cluster = client::describe_cluster(**connection);
    if (!cluster) return cluster.error();
    Table table{{"TOPIC", "PARTITIONS", "REPLICAS"}};
    auto json = nlohmann::json::array();
    for (const auto& topic : cluster->topics) {
        if (is_internal(topic.name) && !options.internal) continue;
        const auto partitions = topic.partitions.size();
        table.add({topic.name, std::to_string(partitions), std::to_string(replicas_of(topic))});
        json.push_back({{"topic", topic.name}, {"partitions", partitions}, {"replicas", replicas_of(topic)}});
    }
    if (options.json) {
        fmt::print("{}\n", json.dump(2));
    } else if (table.empty()) {
        fmt::print("no topics yet; `weir topic create NAME` makes one\n");
    } else {
        table.print();
    }
    return exit_success;
}

}  // namespace

void add_topic_list(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("list", "List the topics.");
    auto options = std::make_shared<ListOptions>();
    command->add_flag("--internal", options->internal, "The broker's own topics (__...) too.");
    add_client_options(*command, options, true);
    add_examples(*command,
                 "  weir topic list\n"
                 "  weir topic list --json | jq -r '.[].topic'");
    run_when_chosen(*command, action, std::move(options), run_list);
}

}  // namespace weir::app
