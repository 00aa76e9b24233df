// `weir vhost`, `weir user` and `weir permission`: who may be where, and do what.
#include "app/management_client.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct AccountOptions : ManagementOptions {
    std::string name;
    std::string description, default_queue_type;
    std::vector<std::string> tags;
    std::string new_password;
    std::string configure = ".*", write = ".*", read = ".*";
};
using AccountOptionsPtr = std::shared_ptr<AccountOptions>;

// ---- virtual hosts

Result<int> list_hosts(const AccountOptions& options) {
    return print_list(options, "/api/vhosts",
                      {{"NAME", "name"}, {"MESSAGES", "messages"}, {"DESCRIPTION", "description"}},
                      "no virtual hosts");
}

Result<int> create_host(const AccountOptions& options) {
    json body{{"description", options.description}};
    if (!options.default_queue_type.empty()) body["default_queue_type"] = options.default_queue_type;
    return make_change(options, "PUT", api_path({"vhosts", options.name}), body,
                       "the virtual host " + options.name + " is there");
}

Result<int> delete_host(const AccountOptions& options) {
    return make_change(options, "DELETE", api_path({"vhosts", options.name}), nullptr,
                       "deleted the virtual host " + options.name);
}

// ---- users

Result<int> list_users(const AccountOptions& options) {
    return print_list(options, "/api/users", {{"NAME", "name"}, {"TAGS", "tags"}}, "no users");
}

Result<int> create_user(const AccountOptions& options) {
    json body{{"tags", options.tags}};
    if (!options.new_password.empty()) body["password"] = options.new_password;
    const auto* hint = options.new_password.empty()
                           ? ", and can't log in until `weir user alter` has set a --new-password"
                           : "; what it may do `weir permission set` says";
    return make_change(options, "PUT", api_path({"users", options.name}), body,
                       "the user " + options.name + " is there" + hint);
}

// What is not said of the user stays as it is.
Result<int> alter_user(const AccountOptions& options) {
    const auto path = api_path({"users", options.name});
    const auto there = ask_api(options, "GET", path);
    if (!there) return there.error();
    json body{{"tags", options.tags.empty() ? there->body["tags"] : json(options.tags)}};
    if (!options.new_password.empty()) body["password"] = options.new_password;
    return make_change(options, "PUT", path, body, "changed the user " + options.name);
}

Result<int> delete_user(const AccountOptions& options) {
    return make_change(options, "DELETE", api_path({"users", options.name}), nullptr,
                       "deleted the user " + options.name);
}

// ---- permissions

Result<int> list_permissions(const AccountOptions& options) {
    return print_list(options, "/api/permissions",
                      {{"USER", "user"},
                       {"VHOST", "vhost"},
                       {"CONFIGURE", "configure"},
                       {"WRITE", "write"},
                       {"READ", "read"}},
                      "no permissions");
}

Result<int> set_permissions(const AccountOptions& options) {
    const json body{{"configure", options.configure}, {"write", options.write}, {"read", options.read}};
    return make_change(
        options, "PUT", api_path({"permissions", options.host, options.name}), body,
        fmt::format("set the permissions of {} in the virtual host {}", options.name, options.host));
}

Result<int> clear_permissions(const AccountOptions& options) {
    return make_change(
        options, "DELETE", api_path({"permissions", options.host, options.name}), nullptr,
        fmt::format("{} has no permissions in the virtual host {} any more", options.name, options.host));
}

CLI::App* add(CLI::App* family, Action& action, const char* name, const char* help, With with,
              const AccountOptionsPtr& options, Result<int> (*run)(const AccountOptions&)) {
    auto* command = family->add_subcommand(name, help);
    add_management_options(*command, options, with);
    run_when_chosen(*command, action, options, run);
    return command;
}

CLI::App* add_named(CLI::App* family, Action& action, const char* name, const char* help, With with,
                    const AccountOptionsPtr& options, Result<int> (*run)(const AccountOptions&)) {
    auto* command = add(family, action, name, help, with, options, run);
    command->add_option("name", options->name, "Its name.")->required()->type_name("NAME");
    return command;
}

AccountOptionsPtr fresh_account_options() {
    return std::make_shared<AccountOptions>();
}

}  // namespace

void add_vhost_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("vhost", "Look after virtual hosts.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List the virtual hosts.", With::list, fresh_account_options(), list_hosts);
    const auto options = fresh_account_options();
    auto* create = add_named(family, action, "create", "Make a virtual host, or change its description.",
                             With::nothing, options, create_host);
    create->add_option("--description", options->description, "What it is for.")->type_name("TEXT");
    create->add_option("--default-queue-type", options->default_queue_type, "Of queues that do not say one.")
        ->type_name("TYPE");
    add_named(family, action, "delete", "Delete a virtual host with all that is in it.", With::nothing,
              fresh_account_options(), delete_host);
}

void add_user_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("user", "Look after users and their passwords.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List the users.", With::list, fresh_account_options(), list_users);
    const auto with_account = [](CLI::App* command, const AccountOptionsPtr& options) {
        command->add_option("--new-password", options->new_password, "The user's password from now on.")
            ->envname("WEIR_NEW_PASSWORD")
            ->type_name("TEXT");
        command
            ->add_option("--tag", options->tags,
                         "administrator, monitoring, policymaker or management; may be repeated.")
            ->type_name("TAG")
            ->allow_extra_args(false);
    };
    auto options = fresh_account_options();
    with_account(add_named(family, action, "create", "Make a user.", With::nothing, options, create_user),
                 options);
    options = fresh_account_options();
    with_account(add_named(family, action, "alter", "Change a user's password or tags.", With::nothing,
                           options, alter_user),
                 options);
    add_named(family, action, "delete", "Delete a user.", With::nothing, fresh_account_options(),
              delete_user);
}

void add_permission_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("permission", "Say what users may do in virtual hosts.");
    family->require_subcommand(0, 1);
    add(family, action, "list", "List all permissions.", With::list, fresh_account_options(),
        list_permissions);
    const auto options = fresh_account_options();
    auto* set = add_named(family, action, "set", "Set a user's permissions in a virtual host.", With::host,
                          options, set_permissions);
    set->add_option("--configure", options->configure, "Names to declare and delete. [.*]");
    set->add_option("--write", options->write, "Names to publish and bind to. [.*]");
    set->add_option("--read", options->read, "Names to consume and bind from. [.*]");
    add_examples(*set,
                 "  weir permission set anna --vhost shop --configure '^anna-' --write '.*' --read '.*'");
    add_named(family, action, "clear", "Take a user's permissions in a virtual host away.", With::host,
              fresh_account_options(), clear_permissions);
}

}  // namespace weir::app
