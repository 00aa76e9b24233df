// `weir topic describe`.
#include <nlohmann/json.hpp>

#include "app/terminal.hpp"
#include "app/topic_command.hpp"
#include "client/offsets.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct DescribeOptions : ClientOptions {
    std::vector<std::string> topics;
    bool all_config = false;
};

struct Description {
    client::TopicInfo topic;
    client::Offsets begin, end;
    std::vector<client::ConfigEntry> config;
};

Result<Description> describe(const client::Connection& connection, const std::string& name) {
    auto topic = client::describe_topic(connection, name);
    if (!topic) return topic.error();
    Description out{std::move(*topic), {}, {}, {}};
    std::vector<client::TopicPartition> partitions;
    for (const auto& partition : out.topic.partitions) partitions.push_back({name, partition.id});
    auto begin = client::list_offsets(connection, partitions, client::earliest);
    if (!begin) return begin.error();
    auto end = client::list_offsets(connection, partitions, client::latest);
    if (!end) return end.error();
    auto config = client::topic_config(connection, name);
    if (!config) return config.error();
    out.begin = std::move(*begin);
    out.end = std::move(*end);
    out.config = std::move(*config);
    return out;
}

nlohmann::json topic_json(const Description& about) {
    auto partitions = nlohmann::json::array();
    for (const auto& partition : about.topic.partitions) {
        const client::TopicPartition at{about.topic.name, partition.id};
        partitions.push_back({{"partition", partition.id},
                              {"leader", partition.leader},
                              {"replicas", partition.replicas},
                              {"in_sync", partition.in_sync},
                              {"begin", about.begin.at(at).value},
                              {"end", about.end.at(at).value}});
    }
    auto config = nlohmann::json::object();
    for (const auto& entry : about.config) {
        config[entry.name] = {
            {"value", entry.value}, {"default", entry.is_default}, {"topic", entry.is_set_on_topic}};
    }
    return {
        {"topic", about.topic.name}, {"partitions", std::move(partitions)}, {"config", std::move(config)}};
}

void print(const Description& about, bool all_config) {
    fmt::print("{}\n", bold(about.topic.name));
    Table table{{"PARTITION", "LEADER", "REPLICAS", "IN SYNC", "BEGIN", "END", "RECORDS"}};
    for (const auto& partition : about.topic.partitions) {
        const client::TopicPartition at{about.topic.name, partition.id};
        const auto begin = about.begin.at(at), end = about.end.at(at);
        table.add({std::to_string(partition.id), std::to_string(partition.leader),
                   fmt::format("{}", fmt::join(partition.replicas, ",")),
                   fmt::format("{}", fmt::join(partition.in_sync, ",")), std::to_string(begin.value),
                   std::to_string(end.value), std::to_string(end - begin)});
    }
    table.print();
    Table config{{"SETTING", "VALUE", "SET BY"}};
    for (const auto& entry : about.config) {
        if (!entry.is_set_on_topic && !all_config) continue;
        const char* by = entry.is_set_on_topic ? "topic" : entry.is_default ? "default" : "broker";
        config.add({entry.name, entry.is_sensitive ? "(hidden)" : entry.value, by});
    }
    if (config.empty()) {
        fmt::print("\nall settings are the broker's (--all-config shows them)\n\n");
        return;
    }
    fmt::print("\n");
    config.print();
    fmt::print("\n");
}

Result<int> run_describe(const DescribeOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    auto json = nlohmann::json::array();
    for (const auto& name : options.topics) {
        const auto about = describe(**connection, name);
        if (!about) return about.error();
        if (options.json) {
            json.push_back(topic_json(*about));
        } else {
            print(*about, options.all_config);
        }
    }
    if (options.json) fmt::print("{}\n", json.dump(2));
    return exit_success;
}

}  // namespace

void add_topic_describe(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("describe", "Show topics' partitions, offsets and settings.");
    auto options = std::make_shared<DescribeOptions>();
    command->add_option("topic", options->topics, "The topics.")->required()->type_name("TOPIC");
    command->add_flag("--all-config", options->all_config, "Settings that are the broker's or defaults too.");
    add_client_options(*command, options, true);
    add_examples(*command,
                 "  weir topic describe orders\n"
                 "  weir topic describe orders --json | jq '.[0].partitions[].end'");
    run_when_chosen(*command, action, std::move(options), run_describe);
}

}  // namespace weir::app
