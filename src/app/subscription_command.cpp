// `weir subscription`: queues whose messages are a topic's records.
#include "app/management_client.hpp"
#include "app/terminal.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct SubscriptionOptions : ManagementOptions {
    std::string name, topic;
    std::string start = "latest";
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

Result<int> create_subscription(const SubscriptionOptions& options) {
    auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    arguments->body["x-subscription-topic"] = options.topic;
    arguments->body["x-subscription-start"] = options.start;
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
    create->add_option("--start", options->start, "earliest, or latest: what comes from now on. [latest]")
        ->check(CLI::IsMember({"earliest", "latest"}));
    create->add_flag("--key-ordered", options->by_key,
                     "Records with the same key are handed out one at a time.");
    create->add_option("--arguments", options->arguments, "More arguments, as JSON. [{}]")->type_name("JSON");
    add_examples(*create,
                 "  weir subscription create workers --topic orders --start earliest\n"
                 "  weir subscription create workers --topic orders --arguments '{\"x-delivery-limit\": 5}'");
    options = std::make_shared<SubscriptionOptions>();
    add(family, action, "delete", "Delete a subscription; the records stay in their topic.", options,
        delete_subscription)
        ->add_flag("--if-unused", options->if_unused, "Only if nobody consumes from it.");
}

}  // namespace weir::app
