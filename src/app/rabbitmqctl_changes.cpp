// The verbs that change something.
#include "app/definitions_file.hpp"
#include "app/rabbitmqctl.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

Result<void> put(const CtlCall& call, const std::string& path, const json& body) {
    const auto done = ask_api(call, "PUT", path, body);
    return done ? Result<void>{} : Result<void>{done.error()};
}

Result<void> remove(const CtlCall& call, const std::string& path) {
    const auto done = ask_api(call, "DELETE", path);
    return done ? Result<void>{} : Result<void>{done.error()};
}

bool is_there(const CtlCall& call, const std::string& path) {
    return ask_api(call, "GET", path).has_value();
}

// ---- virtual hosts

Result<void> add_vhost(const CtlCall& call) {
    const auto& name = call.words[0];
    call.say(fmt::format("Adding vhost \"{}\" ...", name));
    json body = json::object();
    if (call.has("--description")) body["description"] = call.flag("--description", "");
    if (call.has("--default-queue-type")) body["default_queue_type"] = call.flag("--default-queue-type", "");
    return put(call, api_path({"vhosts", name}), body);
}

Result<void> delete_vhost(const CtlCall& call) {
    call.say(fmt::format("Deleting vhost \"{}\" ...", call.words[0]));
    return remove(call, api_path({"vhosts", call.words[0]}));
}

Result<void> set_tracing(const CtlCall& call, bool is_on) {
    const auto path = api_path({"vhosts", call.host});
    const auto there = ask_api(call, "GET", path);
    return there ? put(call, path, json{{"tracing", is_on}}) : Result<void>{there.error()};
}

Result<void> trace_on(const CtlCall& call) {
    call.say(fmt::format("Starting tracing for vhost \"{}\" ...", call.host));
    return set_tracing(call, true);
}

Result<void> trace_off(const CtlCall& call) {
    call.say(fmt::format("Stopping tracing for vhost \"{}\" ...", call.host));
    return set_tracing(call, false);
}

Result<void> set_vhost_limits(const CtlCall& call) {
    const auto limits = parse_object(call.words[0], "limits");
    if (!limits) return limits.error();
    for (const auto& [name, value] : limits->body.items()) {
        const auto set = put(call, api_path({"vhost-limits", call.host, name}), json{{"value", value}});
        if (!set) return set;
    }
    return {};
}

Result<void> clear_vhost_limits(const CtlCall& call) {
    for (const auto* name : {"max-connections", "max-queues"}) {
        if (auto cleared = remove(call, api_path({"vhost-limits", call.host, name})); !cleared)
            return cleared;
    }
    return {};
}

// ---- users

Result<void> add_user(const CtlCall& call) {
    const auto& name = call.words[0];
    const auto path = api_path({"users", name});
    call.say(fmt::format("Adding user \"{}\" ...", name));
    if (is_there(call, path))
        return Error{Errc::already_exists, fmt::format("User \"{}\" already exists", name)};
    return put(call, path, json{{"password", call.words[1]}, {"tags", json::array()}});
}

Result<void> delete_user(const CtlCall& call) {
    call.say(fmt::format("Deleting user \"{}\" ...", call.words[0]));
    return remove(call, api_path({"users", call.words[0]}));
}

// The user's tags stay, which the API would take from it.
Result<void> change(const CtlCall& call, json body) {
    const auto path = api_path({"users", call.words[0]});
    const auto there = ask_api(call, "GET", path);
    if (!there) return there.error();
    if (!body.contains("tags")) body["tags"] = there->body["tags"];
    return put(call, path, body);
}

Result<void> change_password(const CtlCall& call) {
    call.say(fmt::format("Changing password for user \"{}\" ...", call.words[0]));
    return change(call, {{"password", call.words[1]}});
}

Result<void> clear_password(const CtlCall& call) {
    return change(call, {{"password_hash", ""}});
}

Result<void> set_user_tags(const CtlCall& call) {
    const std::vector<std::string> tags(call.words.begin() + 1, call.words.end());
    call.say(fmt::format("Setting tags for user \"{}\" to [{}] ...", call.words[0], fmt::join(tags, ", ")));
    return change(call, {{"tags", tags}});
}

// A user who may log in, but not use the API, is told so by the API.
Result<void> authenticate_user(const CtlCall& call) {
    call.say(fmt::format("Authenticating user \"{}\" ...", call.words[0]));
    auto its = call;
    its.client.user = call.words[0];
    its.client.password = call.words[1];
    const auto answer = ask_api(its, "GET", "/api/whoami");
    if (!answer && !answer.error().message.starts_with("Not management user")) {
        if (answer.error().code == Errc::timed_out) return answer.error();
        return Error{Errc::not_authorized, fmt::format("failed to authenticate user \"{}\"", call.words[0])};
    }
    call.say("Success");
    return {};
}

// ---- permissions

Result<void> set_permissions(const CtlCall& call) {
    const auto& user = call.words[0];
    call.say(fmt::format("Setting permissions for user \"{}\" in vhost \"{}\" ...", user, call.host));
    return put(call, api_path({"permissions", call.host, user}),
               json{{"configure", call.words[1]}, {"write", call.words[2]}, {"read", call.words[3]}});
}

Result<void> clear_permissions(const CtlCall& call) {
    call.say(
        fmt::format("Clearing permissions for user \"{}\" in vhost \"{}\" ...", call.words[0], call.host));
    const auto cleared = remove(call, api_path({"permissions", call.host, call.words[0]}));
    const bool had_none = !cleared && cleared.error().code == Errc::not_found;
    return had_none ? Result<void>{} : cleared;
}

Result<void> set_topic_permissions(const CtlCall& call) {
    return put(call, api_path({"topic-permissions", call.host, call.words[0]}),
               json{{"exchange", call.words[1]}, {"write", call.words[2]}, {"read", call.words[3]}});
}

Result<void> clear_topic_permissions(const CtlCall& call) {
    const auto& words = call.words;
    return remove(call, words.size() == 1 ? api_path({"topic-permissions", call.host, words[0]})
                                          : api_path({"topic-permissions", call.host, words[0], words[1]}));
}

// ---- policies

Result<void> set_policy_of(const CtlCall& call, const char* kind) {
    const auto& [name, pattern, text] = std::tie(call.words[0], call.words[1], call.words[2]);
    const auto definition = parse_object(text, "the definition");
    if (!definition) return definition.error();
    call.say(
        fmt::format("Setting policy \"{}\" for pattern \"{}\" to \"{}\" with priority \"{}\" for vhost "
                    "\"{}\" ...",
                    name, pattern, text, call.flag("--priority", "0"), call.host));
    return put(call, api_path({kind, call.host, name}),
               json{{"pattern", pattern},
                    {"definition", definition->body},
                    {"priority", call.flag("--priority", "0")},
                    {"apply-to", call.flag("--apply-to", "all")}});
}

Result<void> set_policy(const CtlCall& call) {
    return set_policy_of(call, "policies");
}
Result<void> set_operator_policy(const CtlCall& call) {
    return set_policy_of(call, "operator-policies");
}
Result<void> clear_policy(const CtlCall& call) {
    call.say(fmt::format("Clearing policy \"{}\" on vhost \"{}\" ...", call.words[0], call.host));
    return remove(call, api_path({"policies", call.host, call.words[0]}));
}
Result<void> clear_operator_policy(const CtlCall& call) {
    return remove(call, api_path({"operator-policies", call.host, call.words[0]}));
}

// ---- queues and connections

Result<void> delete_queue(const CtlCall& call) {
    std::string conditions;
    if (call.has("--if-empty") || call.has("-e")) conditions += "&if-empty=true";
    if (call.has("--if-unused") || call.has("-u")) conditions += "&if-unused=true";
    if (!conditions.empty()) conditions[0] = '?';
    return remove(call, api_path({"queues", call.host, call.words[0]}) + conditions);
}

Result<void> purge_queue(const CtlCall& call) {
    return remove(call, api_path({"queues", call.host, call.words[0], "contents"}));
}

// Closes those that `is_wanted` chooses; how many there were.
template <class Choose>
Result<std::size_t> close(const CtlCall& call, const std::string& reason, Choose is_wanted) {
    const auto there = ask_api(call, "GET", "/api/connections");
    if (!there) return there.error();
    std::size_t closed = 0;
    for (const auto& connection : there->body) {
        if (!is_wanted(connection)) continue;
        const auto name = cell_text(connection, "name");
        const auto done = ask_api(call, "DELETE", api_path({"connections", name}), nullptr, reason);
        if (!done && done.error().code != Errc::not_found) return done.error();
        ++closed;
    }
    return closed;
}

Result<void> close_connection(const CtlCall& call) {
    call.say(fmt::format("Closing connection {}, reason: {}...", call.words[0], call.words[1]));
    const auto closed = close(call, call.words[1], [&](const json& at) {
        return at["pid"] == call.words[0] || at["name"] == call.words[0];
    });
    if (!closed) return closed.error();
    if (*closed == 0) return Error{Errc::not_found, fmt::format("there is no connection {}", call.words[0])};
    return {};
}

Result<void> close_all_connections(const CtlCall& call) {
    const bool everywhere = call.has("--global");
    const auto closed = close(call, call.words.empty() ? "Closed via rabbitmqctl" : call.words[0],
                              [&](const json& at) { return everywhere || at["vhost"] == call.host; });
    if (!closed) return closed.error();
    call.say(fmt::format("Closed {} connections", *closed));
    return {};
}

// ---- definitions, parameters

Result<void> export_definitions(const CtlCall& call) {
    const auto answer = ask_api(call, "GET", api_path({"definitions"}));
    if (!answer) return answer.error();
    call.say(fmt::format("Exporting definitions in JSON to a file at \"{}\" ...", call.words[0]));
    return write_definitions_file(call.words[0], answer->body);
}

Result<void> import_definitions(const CtlCall& call) {
    const auto file = read_definitions_file(call.words[0]);
    if (!file) return Error{Errc::io_error, file.error().message};
    call.say(fmt::format("Importing definitions in JSON from a file at \"{}\" ...", call.words[0]));
    const auto answer = ask_api(call, "POST", api_path({"definitions"}), file->body);
    if (!answer) return answer.error();
    const auto left_out =
        answer->body.is_object() ? answer->body.value("not_imported", json::array()) : json{};
    if (left_out.empty()) return {};
    return Error{Errc::io_error, fmt::format("not imported, of what is in it: {}", left_out.dump())};
}

Result<void> set_cluster_name(const CtlCall& call) {
    call.say(fmt::format("Setting cluster name to {} ...", call.words[0]));
    return put(call, api_path({"cluster-name"}), json{{"name", call.words[0]}});
}

Result<void> set_parameter(const CtlCall& call) {
    const auto& [component, name, text] = std::tie(call.words[0], call.words[1], call.words[2]);
    const auto value = json::parse(text, nullptr, false);
    if (value.is_discarded()) return Error{Errc::invalid_argument, fmt::format("'{}' is no JSON", text)};
    call.say(
        fmt::format("Setting runtime parameter \"{}\" for component \"{}\" to \"{}\" in vhost \"{}\" ...",
                    name, component, text, call.host));
    return put(call, api_path({"parameters", component, call.host, name}), json{{"value", value}});
}

Result<void> clear_parameter(const CtlCall& call) {
    return remove(call, api_path({"parameters", call.words[0], call.host, call.words[1]}));
}

constexpr CtlVerb change_verbs[] = {
    {"add_vhost", "NAME [--description TEXT] [--default-queue-type TYPE]", 1, 1, add_vhost},
    {"delete_vhost", "NAME", 1, 1, delete_vhost},
    {"trace_on", "[-p VHOST]", 0, 0, trace_on},
    {"trace_off", "[-p VHOST]", 0, 0, trace_off},
    {"set_vhost_limits", "[-p VHOST] JSON", 1, 1, set_vhost_limits},
    {"clear_vhost_limits", "[-p VHOST]", 0, 0, clear_vhost_limits},
    {"add_user", "NAME PASSWORD", 2, 2, add_user},
    {"delete_user", "NAME", 1, 1, delete_user},
    {"change_password", "NAME PASSWORD", 2, 2, change_password},
    {"clear_password", "NAME", 1, 1, clear_password},
    {"authenticate_user", "NAME PASSWORD", 2, 2, authenticate_user},
    {"set_user_tags", "NAME [TAG...]", 1, any_number, set_user_tags},
    {"set_permissions", "[-p VHOST] USER CONFIGURE WRITE READ", 4, 4, set_permissions},
    {"clear_permissions", "[-p VHOST] USER", 1, 1, clear_permissions},
    {"set_topic_permissions", "[-p VHOST] USER EXCHANGE WRITE READ", 4, 4, set_topic_permissions},
    {"clear_topic_permissions", "[-p VHOST] USER [EXCHANGE]", 1, 2, clear_topic_permissions},
    {"set_policy", "[-p VHOST] [--priority N] [--apply-to WHAT] NAME PATTERN JSON", 3, 3, set_policy},
    {"clear_policy", "[-p VHOST] NAME", 1, 1, clear_policy},
    {"set_operator_policy", "[-p VHOST] [--priority N] [--apply-to WHAT] NAME PATTERN JSON", 3, 3,
     set_operator_policy},
    {"clear_operator_policy", "[-p VHOST] NAME", 1, 1, clear_operator_policy},
    {"delete_queue", "[-p VHOST] NAME [--if-empty] [--if-unused]", 1, 1, delete_queue},
    {"purge_queue", "[-p VHOST] NAME", 1, 1, purge_queue},
    {"close_connection", "PID REASON", 2, 2, close_connection},
    {"export_definitions", "FILE", 1, 1, export_definitions},
    {"import_definitions", "FILE", 1, 1, import_definitions},
    {"set_cluster_name", "NAME", 1, 1, set_cluster_name},
    {"set_parameter", "[-p VHOST] COMPONENT NAME JSON", 3, 3, set_parameter},
    {"clear_parameter", "[-p VHOST] COMPONENT NAME", 2, 2, clear_parameter},
    {"close_all_connections", "[-p VHOST] [--global] REASON", 0, 1, close_all_connections},
};

}  // namespace

std::span<const CtlVerb> ctl_changes() {
    return change_verbs;
}

}  // namespace weir::app
