// `weir subscription`: queues whose messages are a topic's records.
#include "app/management_client.hpp"
#include "app/terminal.hpp"
#include "broker/topic_names.hpp"
#include "client/groups.hpp"
#include "client/topics.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct SubscriptionOptions : ManagementOptions {
    std::string name, topic;
    std::string start, group;
    std::string bootstrap = client::ConnectionOptions{}.bootstrap;
    std::string arguments = "{}";
    bool by_key = false, if_unused = false;
};
using Options = std::shared_ptr<SubscriptionOptions>;

std::string path_of(const SubscriptionOptions& options) {
    return api_path({"queues", options.host, options.name});
}

// "3" of one partition, "0:3 1:17" of several; "-" while nothing is settled or told.
std::string position_text(const json& subscription) {
    std::string out;
    const auto& partitions = subscription["partitions"];
    for (const auto& one : partitions) {
        if (one["position"].is_null()) continue;
        if (!out.empty()) out += ' ';
        if (partitions.size() > 1) out += cell_text(one, "partition") + ":";
        out += cell_text(one, "position");
    }
    return out.empty() ? "-" : out;
}

Result<int> list_subscriptions(const SubscriptionOptions& options) {
    const auto answer = ask_api(options, "GET", api_path({"queues", options.host}));
    if (!answer) return answer.error();
    auto found = json::array();
    for (const auto& queue : answer->body) {
        if (queue.contains("subscription")) found.push_back(queue);
    }
    if (options.json) {
        fmt::print("{}\n", found.dump(2, ' ', false, json::error_handler_t::replace));
        return exit_success;
    }
    Table table{{"NAME", "TOPIC", "POSITION", "LAG", "READY", "UNACKED", "CONSUMERS"}};
    for (const auto& queue : found) {
        const auto lag = cell_text(queue, "subscription.lag");
        table.add({cell_text(queue, "name"), cell_text(queue, "subscription.topic"),
                   position_text(queue["subscription"]), lag.empty() ? "-" : lag,
                   cell_text(queue, "messages_ready"), cell_text(queue, "messages_unacknowledged"),
                   cell_text(queue, "consumers")});
    }
    if (table.empty())
        fmt::print("no subscriptions\n");
    else
        table.print();
    return exit_success;
}

std::string start_text(const client::Offsets& offsets) {
    std::string out;
    for (const auto& [at, offset] : offsets)
        out += fmt::format("{}{}:{}", out.empty() ? "" : " ", at.partition, offset.value);
    return out;
}

// Where a consumer group has come to. Errors: group_not_empty: it still reads; group_not_found: it has
// committed nothing of the topic; those of the client.
Result<std::string> start_of_group(const SubscriptionOptions& options) {
    const auto topic = broker::topic_name(options.host, options.topic);
    const auto connection =
        client::Connection::open(client::Role::producer, {.bootstrap = options.bootstrap});
    if (!connection) return connection.error();
    const auto group = client::describe_group(**connection, options.group);
    if (!group) return group.error();
    if (!group->members.empty())
        return Error{Errc::group_not_empty,
                     fmt::format("group {} has members that read on: stop them first", options.group)};
    const auto partitions = client::partitions_of(**connection, topic);
    if (!partitions) return partitions.error();
    const auto committed = client::committed_offsets(**connection, options.group, *partitions);
    if (!committed) return committed.error();
    if (!committed->empty()) return start_text(*committed);
    return Error{Errc::group_not_found,
                 fmt::format("group {} has committed nothing of the topic {}", options.group, topic)};
}

Result<std::string> chosen_start(const SubscriptionOptions& options) {
    if (!options.group.empty()) return start_of_group(options);
    return options.start.empty() ? "latest" : options.start;
}

Result<int> create_subscription(const SubscriptionOptions& options) {
    auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    const auto start = chosen_start(options);
    if (!start) return start.error();
    arguments->body["x-subscription-topic"] = options.topic;
    arguments->body["x-subscription-start"] = *start;
    if (options.by_key) arguments->body["x-key-ordered"] = true;
    return make_change(
        options, "PUT", path_of(options), {{"durable", true}, {"arguments", arguments->body}},
        fmt::format("the subscription {} to the topic {} is there", options.name, options.topic));
}

Result<int> delete_subscription(const SubscriptionOptions& options) {
    const auto there = ask_api(options, "GET", path_of(options));
    if (!there) return there.error();
    if (!there->body.contains("subscription"))
        return Error{Errc::invalid_argument,
                     options.name + " is a queue with messages of its own: see weir queue"};
    return make_change(options, "DELETE", path_of(options) + (options.if_unused ? "?if-unused=true" : ""),
                       nullptr, "deleted the subscription " + options.name);
}

CLI::App* add(CLI::App* family, Action& action, const char* name, const char* help, const Options& options,
              Result<int> (*run)(const SubscriptionOptions&)) {
    auto* command = family->add_subcommand(name, help);
    const bool is_list = run == list_subscriptions;
    add_management_options(*command, options, is_list ? With::host_and_list : With::host);
    if (!is_list) command->add_option("name", options->name, "Its name.")->required()->type_name("NAME");
    run_when_chosen(*command, action, options, run);
    return command;
}

}  // namespace

void add_subscription_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("subscription", "Look after subscriptions to topics.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List the subscriptions, with how far each has come.",
        std::make_shared<SubscriptionOptions>(), list_subscriptions);
    auto options = std::make_shared<SubscriptionOptions>();
    auto* create =
        add(family, action, "create", "Make a queue of a topic's records.", options, create_subscription);
    create->add_option("--topic", options->topic, "The topic, by its name in the virtual host.")
        ->required()
        ->type_name("TOPIC");
    create
        ->add_option("--start", options->start,
                     "earliest; latest: what comes from now on; @MS: a time, in milliseconds since 1970; or "
                     "offsets: '0:17 1:4', partition and offset. [latest]")
        ->type_name("WHERE");
    create
        ->add_option("--start-of-group", options->group,
                     "Where this consumer group has come to; its members must be stopped.")
        ->type_name("GROUP")
        ->excludes("--start");
    create
        ->add_option("--bootstrap,-b", options->bootstrap,
                     "For --start-of-group: where Kafka clients connect. [127.0.0.1:9092]")
        ->type_name("HOST:PORT")
        ->envname("WEIR_BOOTSTRAP")
        ->group("Connection");
    create->add_flag("--key-ordered", options->by_key,
                     "Records with the same key are handed out one at a time.");
    create->add_option("--arguments", options->arguments, "More arguments, as JSON. [{}]")->type_name("JSON");
    add_examples(*create,
                 "  weir subscription create workers --topic orders --start earliest\n"
                 "  weir subscription create workers --topic orders --start-of-group billing --key-ordered\n"
                 "  weir subscription create again --topic orders --start @$(date -d '1 hour ago' +%s000)\n"
                 "  weir subscription create workers --topic orders --arguments '{\"x-delivery-limit\": 5}'");
    options = std::make_shared<SubscriptionOptions>();
    add(family, action, "delete", "Delete a subscription; the records stay in their topic.", options,
        delete_subscription)
        ->add_flag("--if-unused", options->if_unused, "Only if nobody consumes from it.");
}

}  // namespace weir::app
