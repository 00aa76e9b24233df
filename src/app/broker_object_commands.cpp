// `weir queue`, `exchange`, `binding` and `policy`: what lies between publishers and consumers.
#include "app/management_client.hpp"
#include "app/queue_command.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct ObjectOptions : ManagementOptions {
    std::string name;
    std::string type = "direct", arguments = "{}";
    std::string source, destination, key;
    std::string pattern, definition, apply_to = "all";
    int priority = 0;
    bool is_transient = false, is_auto_delete = false, is_internal = false;
    bool if_unused = false, if_empty = false;
    bool to_exchange = false, is_operator = false;
};
using ObjectOptionsPtr = std::shared_ptr<ObjectOptions>;

std::string conditions(const ObjectOptions& options) {
    std::string out;
    if (options.if_unused) out += "&if-unused=true";
    if (options.if_empty) out += "&if-empty=true";
    return out.empty() ? out : "?" + out.substr(1);
}

// ---- queues

Result<int> list_queues(const ObjectOptions& options) {
    return print_list(options, api_path({"queues", options.host}),
                      {{"NAME", "name"},
                       {"TYPE", "type"},
                       {"READY", "messages_ready"},
                       {"UNACKED", "messages_unacknowledged"},
                       {"CONSUMERS", "consumers"},
                       {"POLICY", "policy"}},
                      "no queues in the virtual host " + options.host);
}

Result<int> create_queue(const ObjectOptions& options) {
    const auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    const json body{{"durable", !options.is_transient},
                    {"auto_delete", options.is_auto_delete},
                    {"arguments", arguments->body}};
    return make_change(options, "PUT", api_path({"queues", options.host, options.name}), body,
                       "the queue " + options.name + " is there");
}

Result<int> delete_queue(const ObjectOptions& options) {
    return make_change(options, "DELETE",
                       api_path({"queues", options.host, options.name}) + conditions(options), nullptr,
                       "deleted the queue " + options.name);
}

Result<int> purge_queue(const ObjectOptions& options) {
    return make_change(options, "DELETE", api_path({"queues", options.host, options.name, "contents"}),
                       nullptr, "emptied the queue " + options.name);
}

// ---- exchanges

Result<int> list_exchanges(const ObjectOptions& options) {
    return print_list(options, api_path({"exchanges", options.host}),
                      {{"NAME", "name"}, {"TYPE", "type"}, {"DURABLE", "durable"}, {"POLICY", "policy"}},
                      "no exchanges");
}

Result<int> create_exchange(const ObjectOptions& options) {
    const auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    const json body{{"type", options.type},
                    {"durable", !options.is_transient},
                    {"auto_delete", options.is_auto_delete},
                    {"internal", options.is_internal},
                    {"arguments", arguments->body}};
    return make_change(options, "PUT", api_path({"exchanges", options.host, options.name}), body,
                       "the exchange " + options.name + " is there");
}

Result<int> delete_exchange(const ObjectOptions& options) {
    return make_change(options, "DELETE",
                       api_path({"exchanges", options.host, options.name}) + conditions(options), nullptr,
                       "deleted the exchange " + options.name);
}

// ---- bindings

Result<int> list_bindings(const ObjectOptions& options) {
    return print_list(options, api_path({"bindings", options.host}),
                      {{"SOURCE", "source"},
                       {"TO", "destination_type"},
                       {"DESTINATION", "destination"},
                       {"KEY", "routing_key"},
                       {"ARGUMENTS", "arguments"}},
                      "no bindings");
}

std::string path_between(const ObjectOptions& options) {
    return api_path({"bindings", options.host, "e", options.source, options.to_exchange ? "e" : "q",
                     options.destination});
}

Result<int> create_binding(const ObjectOptions& options) {
    const auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    const json body{{"routing_key", options.key}, {"arguments", arguments->body}};
    return make_change(options, "POST", path_between(options), body,
                       fmt::format("{} is bound to {}", options.destination, options.source));
}

// All with this key, or only the one with these arguments, too.
Result<int> delete_binding(const ObjectOptions& options) {
    const auto arguments = parse_object(options.arguments, "--arguments");
    if (!arguments) return arguments.error();
    const auto there = ask_api(options, "GET", path_between(options));
    if (!there) return there.error();
    for (const auto& binding : there->body) {
        const bool is_wanted = binding["routing_key"] == options.key &&
                               (arguments->body.empty() || binding["arguments"] == arguments->body);
        if (!is_wanted) continue;
        const auto key = binding["properties_key"].get<std::string>();
        const auto deleted = ask_api(options, "DELETE", path_between(options) + api_path({key}).substr(4));
        if (!deleted) return deleted.error();
        fmt::print("{} is not bound to {} any more\n", options.destination, options.source);
        return exit_success;
    }
    return Error{Errc::not_found, "there is no such binding"};
}

// ---- policies

const char* policies(const ObjectOptions& options) {
    return options.is_operator ? "operator-policies" : "policies";
}

Result<int> list_policies(const ObjectOptions& options) {
    return print_list(options, api_path({policies(options), options.host}),
                      {{"NAME", "name"},
                       {"PATTERN", "pattern"},
                       {"APPLIES TO", "apply-to"},
                       {"PRIORITY", "priority"},
                       {"DEFINITION", "definition"}},
                      "no policies");
}

Result<int> set_policy(const ObjectOptions& options) {
    const auto definition = parse_object(options.definition, "the definition");
    if (!definition) return definition.error();
    const json body{{"pattern", options.pattern},
                    {"definition", definition->body},
                    {"priority", options.priority},
                    {"apply-to", options.apply_to}};
    return make_change(options, "PUT", api_path({policies(options), options.host, options.name}), body,
                       "the policy " + options.name + " is set");
}

Result<int> clear_policy(const ObjectOptions& options) {
    return make_change(options, "DELETE", api_path({policies(options), options.host, options.name}), nullptr,
                       "the policy " + options.name + " is cleared");
}

// ---- the commands

CLI::App* add(CLI::App* family, Action& action, const char* name, const char* help, With with,
              const ObjectOptionsPtr& options, Result<int> (*run)(const ObjectOptions&)) {
    auto* command = family->add_subcommand(name, help);
    add_management_options(*command, options, with);
    run_when_chosen(*command, action, options, run);
    return command;
}

CLI::App* add_named(CLI::App* family, Action& action, const char* name, const char* help,
                    const ObjectOptionsPtr& options, Result<int> (*run)(const ObjectOptions&)) {
    auto* command = add(family, action, name, help, With::host, options, run);
    command->add_option("name", options->name, "Its name.")->required()->type_name("NAME");
    return command;
}

ObjectOptionsPtr fresh_object_options() {
    return std::make_shared<ObjectOptions>();
}

void add_declaration(CLI::App* command, const ObjectOptionsPtr& options) {
    command->add_flag("--transient", options->is_transient, "It does not survive a restart.");
    command->add_flag("--auto-delete", options->is_auto_delete, "It goes when nobody uses it any more.");
    command->add_option("--arguments", options->arguments, "The arguments, as JSON. [{}]")->type_name("JSON");
}

}  // namespace

void add_queue_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("queue", "Look after queues.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List a virtual host's queues.", With::host_and_list, fresh_object_options(),
        list_queues);
    auto options = fresh_object_options();
    auto* create = add_named(family, action, "create", "Make a queue.", options, create_queue);
    add_declaration(create, options);
    add_examples(*create, "  weir queue create orders --arguments '{\"x-max-length\": 1000}'");
    options = fresh_object_options();
    auto* remove = add_named(family, action, "delete", "Delete a queue.", options, delete_queue);
    remove->add_flag("--if-unused", options->if_unused, "Only if nobody consumes from it.");
    remove->add_flag("--if-empty", options->if_empty, "Only if no messages wait in it.");
    add_named(family, action, "purge", "Drop the messages that wait in a queue.", fresh_object_options(),
              purge_queue);
    add_queue_move(*family, action);
    add_queue_replay(*family, action);
}

void add_exchange_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("exchange", "Look after exchanges.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List a virtual host's exchanges.", With::host_and_list,
        fresh_object_options(), list_exchanges);
    auto options = fresh_object_options();
    auto* create = add_named(family, action, "create", "Make an exchange.", options, create_exchange);
    create->add_option("--type", options->type, "direct, fanout, topic, headers, ... [direct]");
    create->add_flag("--internal", options->is_internal, "Only other exchanges publish to it.");
    add_declaration(create, options);
    options = fresh_object_options();
    add_named(family, action, "delete", "Delete an exchange.", options, delete_exchange)
        ->add_flag("--if-unused", options->if_unused, "Only if nothing is bound to it.");
}

void add_binding_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("binding", "Look after bindings.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List a virtual host's bindings.", With::host_and_list,
        fresh_object_options(), list_bindings);
    for (const bool is_create : {true, false}) {
        const auto options = fresh_object_options();
        auto* command = add(family, action, is_create ? "create" : "delete",
                            is_create ? "Bind a queue or an exchange to an exchange." : "Undo a binding.",
                            With::host, options, is_create ? create_binding : delete_binding);
        command->add_option("source", options->source, "The exchange.")->required()->type_name("SOURCE");
        command->add_option("destination", options->destination, "The queue, or the other exchange.")
            ->required()
            ->type_name("DESTINATION");
        command->add_option("--key", options->key, "The binding key.")->type_name("KEY");
        command->add_option("--arguments", options->arguments, "The arguments, as JSON. [{}]")
            ->type_name("JSON");
        command->add_flag("--to-exchange", options->to_exchange, "The destination is an exchange.");
    }
}

void add_policy_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("policy", "Look after policies.");
    family->require_subcommand(0, 1);
    const auto with_kind = [](CLI::App* command, const ObjectOptionsPtr& options) {
        command->add_flag("--operator", options->is_operator, "Operator policies, which set bounds.");
    };
    auto options = fresh_object_options();
    with_kind(add(family, action, "list", "List a virtual host's policies.", With::host_and_list, options,
                  list_policies),
              options);
    options = fresh_object_options();
    auto* set = add_named(family, action, "set", "Set a policy.", options, set_policy);
    with_kind(set, options);
    set->add_option("pattern", options->pattern, "Of names.")->required()->type_name("PATTERN");
    set->add_option("definition", options->definition, "What it sets, as JSON.")
        ->required()
        ->type_name("JSON");
    set->add_option("--priority", options->priority, "The greatest one counts. [0]");
    set->add_option("--apply-to", options->apply_to, "all, queues or exchanges. [all]");
    add_examples(*set, "  weir policy set short '^tmp-' '{\"max-length\": 100}' --apply-to queues");
    options = fresh_object_options();
    with_kind(add_named(family, action, "clear", "Take a policy away.", options, clear_policy), options);
}

}  // namespace weir::app
