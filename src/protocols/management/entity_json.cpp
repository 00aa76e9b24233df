// One pair of functions for each kind of thing.
#include "protocols/management/entity_json.hpp"

#include <array>

#include "broker/access/password.hpp"
#include "broker/topic_names.hpp"
#include "metadata/topology/format.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/management/policy_settings.hpp"
#include "protocols/management/target.hpp"

namespace weir::management {

using topology::CredentialKind;

namespace {

struct Hashing {
    CredentialKind kind;
    const char* name;
};
constexpr std::array hashings{Hashing{CredentialKind::salted_sha256, "rabbit_password_hashing_sha256"},
                              Hashing{CredentialKind::salted_sha512, "rabbit_password_hashing_sha512"}};

struct TargetName {
    topology::PolicyTarget target;
    const char* name;
};
// The first name of a target is what it is written as.
constexpr std::array target_names{
    TargetName{topology::PolicyTarget::all, "all"},
    TargetName{topology::PolicyTarget::queues, "queues"},
    TargetName{topology::PolicyTarget::exchanges, "exchanges"},
    TargetName{topology::PolicyTarget::queues, "classic_queues"},
    TargetName{topology::PolicyTarget::queues, "quorum_queues"},
    TargetName{topology::PolicyTarget::queues, "streams"},
};

const char* target_name(topology::PolicyTarget target) {
    return std::ranges::find(target_names, target, &TargetName::target)->name;
}

const char* destination_name(topology::DestinationKind kind) {
    switch (kind) {
        case topology::DestinationKind::queue: return "queue";
        case topology::DestinationKind::exchange: return "exchange";
        case topology::DestinationKind::topic: return "queue";  // a stream
    }
    return "";
}

// Those of a table whose names begin so.
Json limits_json(const topology::Table& settings) {
    auto out = Json::object();
    for (const auto& [name, value] : settings) {
        if (name.starts_with("max-")) out[name] = to_json(value);
    }
    return out;
}

std::uint64_t hash_of(ByteView bytes) {  // FNV-1a
    std::uint64_t out = 0xcbf29ce484222325u;
    for (const auto byte : bytes) out = (out ^ byte) * 0x100000001b3u;
    return out;
}

// How an exchange that delays routes when it is time.
std::string delayed_kind(const topology::Table& arguments) {
    const auto at = arguments.find(amqp::delayed_type_argument);
    const auto* text = at == arguments.end() ? nullptr : at->second.text();
    return text == nullptr ? "" : *text;
}

std::string key_text(std::string_view key) {
    auto out = percent_encoded(key);
    for (auto at = out.find('~'); at != std::string::npos; at = out.find('~', at)) out.replace(at, 1, "%7E");
    return out;
}

}  // namespace

Json host_json(const topology::VirtualHost& host) {
    Json metadata{{"description", host.description}, {"tags", to_json(host.tags)}};
    Json out{{"name", host.name}, {"description", host.description}, {"tags", to_json(host.tags)}};
    if (const auto at = host.settings.find("default-queue-type"); at != host.settings.end()) {
        out["default_queue_type"] = to_json(at->second);
        metadata["default_queue_type"] = to_json(at->second);
    }
    out["metadata"] = std::move(metadata);
    return out;
}

topology::VirtualHost read_host(Fields& fields, std::string name) {
    topology::VirtualHost out{
        .name = std::move(name), .description = fields.text("description"), .tags = fields.words("tags")};
    auto type = fields.text("default_queue_type", fields.text("defaultqueuetype"));
    if (!type.empty() && type != "undefined") out.settings["default-queue-type"] = std::move(type);
    return out;
}

Json user_json(const topology::User& user) {
    Json out{{"name", user.name},
             {"password_hash", ""},
             {"hashing_algorithm", hashings.front().name},
             {"tags", to_json(user.tags)},
             {"limits", limits_json(user.settings)}};
    for (const auto& credential : user.credentials) {
        const auto* hashing = std::ranges::find(hashings, credential.kind, &Hashing::kind);
        if (hashing == hashings.end()) continue;
        out["password_hash"] = access::export_hash(credential);
        out["hashing_algorithm"] = hashing->name;
    }
    return out;
}

topology::User read_user(Fields& fields, std::string name) {
    topology::User out{
        .name = std::move(name), .tags = fields.words("tags"), .settings = fields.table("limits")};
    const auto hash = fields.text("password_hash");
    if (hash.empty()) return out;
    const auto algorithm = fields.text("hashing_algorithm", hashings.front().name);
    const auto* hashing =
        std::ranges::find_if(hashings, [&](const auto& at) { return algorithm == at.name; });
    if (hashing == hashings.end()) {
        fields.fail(fmt::format("weir can't check passwords by the hashing algorithm {}", algorithm));
        return out;
    }
    auto credential = access::import_hash(hashing->kind, hash);
    if (credential)
        out.credentials.push_back(std::move(*credential));
    else
        fields.fail("password_hash: " + credential.error().message);
    return out;
}

Json permissions_json(const topology::Permissions& permissions) {
    return {{"user", permissions.user},
            {"vhost", permissions.host},
            {"configure", permissions.configure},
            {"write", permissions.write},
            {"read", permissions.read}};
}

topology::Permissions read_permissions(Fields& fields) {
    return {.user = fields.text("user"),
            .host = fields.text("vhost"),
            .configure = fields.must_text("configure"),
            .write = fields.must_text("write"),
            .read = fields.must_text("read")};
}

Json topic_permissions_json(const topology::TopicPermissions& permissions) {
    return {{"user", permissions.user},
            {"vhost", permissions.host},
            {"exchange", permissions.exchange},
            {"write", permissions.write},
            {"read", permissions.read}};
}

topology::TopicPermissions read_topic_permissions(Fields& fields) {
    return {.user = fields.text("user"),
            .host = fields.text("vhost"),
            .exchange = fields.text("exchange"),
            .write = fields.must_text("write"),
            .read = fields.must_text("read")};
}

Json exchange_json(const topology::Exchange& exchange) {
    return {{"name", exchange.name},
            {"vhost", exchange.host},
            {"type", amqp::exchange_type(exchange)},
            {"durable", exchange.is_durable},
            {"auto_delete", exchange.is_auto_delete},
            {"internal", exchange.is_internal},
            {"arguments", arguments_json(exchange.arguments)}};
}

topology::Exchange read_exchange(Fields& fields, std::string host, std::string name) {
    const auto type = fields.text("type", "direct");
    auto arguments = fields.arguments("arguments");
    const bool is_delayed = type == amqp::delayed_type;
    const auto kind = amqp::exchange_kind(is_delayed ? delayed_kind(arguments) : type);
    if (!kind) fields.fail(fmt::format("unknown exchange type '{}'", type));
    return {.host = std::move(host),
            .name = std::move(name),
            .kind = kind.value_or(topology::ExchangeKind::direct),
            .is_durable = fields.flag("durable", true),
            .is_auto_delete = fields.flag("auto_delete", false),
            .is_internal = fields.flag("internal", false),
            .is_delayed = is_delayed,
            .arguments = std::move(arguments)};
}

Json queue_json(const topology::Queue& queue) {
    const auto at = queue.arguments.find("x-queue-type");
    const auto* type = at == queue.arguments.end() ? nullptr : at->second.text();
    return {{"name", queue.name},
            {"vhost", queue.host},
            {"type", type == nullptr ? std::string{"classic"} : *type},
            {"durable", queue.is_durable},
            {"auto_delete", queue.is_auto_delete},
            {"exclusive", queue.is_exclusive()},
            {"arguments", arguments_json(queue.arguments)}};
}

topology::Queue read_queue(Fields& fields, std::string host, std::string name) {
    topology::Queue out{.host = std::move(host),
                        .name = std::move(name),
                        .is_durable = fields.flag("durable", true),
                        .is_auto_delete = fields.flag("auto_delete", false),
                        .arguments = fields.arguments("arguments")};
    // Definition files say the type beside the arguments, too; some clients say there that they want none.
    const auto type = fields.text("type", "classic");
    if (type != "classic" && !type.empty()) out.arguments.try_emplace("x-queue-type", type);
    return out;
}

std::string properties_key(const topology::Binding& binding) {
    if (binding.arguments.empty()) return binding.key.empty() ? "~" : key_text(binding.key);
    return fmt::format("{}~{:016x}", key_text(binding.key), hash_of(binding.arguments_code));
}

std::string shown_destination(const topology::Binding& binding) {
    return binding.kind == topology::DestinationKind::topic
               ? broker::split_topic_name(binding.destination).name
               : binding.destination;
}

Json binding_json(const topology::Binding& binding) {
    return {{"source", binding.source},
            {"vhost", binding.host},
            {"destination", shown_destination(binding)},
            {"destination_type", destination_name(binding.kind)},
            {"routing_key", binding.key},
            {"arguments", arguments_json(binding.arguments)}};
}

topology::Binding read_binding(Fields& fields, std::string host) {
    topology::Binding out{.host = std::move(host),
                          .source = fields.text("source"),
                          .destination = fields.text("destination"),
                          .key = fields.text("routing_key"),
                          .arguments = fields.arguments("arguments")};
    const auto type = fields.text("destination_type", "queue");
    if (type == "exchange" || type == "e")
        out.kind = topology::DestinationKind::exchange;
    else if (type == "topic")
        out.kind = topology::DestinationKind::topic;
    else if (type != "queue" && type != "q")
        fields.fail(fmt::format("unknown destination_type '{}'", type));
    return out;
}

Json policy_json(const topology::Policy& policy) {
    return {{"vhost", policy.host},
            {"name", policy.name},
            {"pattern", policy.pattern},
            {"apply-to", target_name(policy.target)},
            {"definition", to_json(policy.definition)},
            {"priority", policy.priority}};
}

topology::Policy read_policy(Fields& fields, std::string host, std::string name, bool is_operator) {
    topology::Policy out{.host = std::move(host),
                         .name = std::move(name),
                         .is_operator = is_operator,
                         .pattern = fields.must_text("pattern"),
                         .definition = fields.table("definition")};
    const auto target = fields.text("apply-to", "all");
    const auto* at = std::ranges::find_if(target_names, [&](const auto& one) { return target == one.name; });
    if (at == target_names.end())
        fields.fail(fmt::format("apply-to does not know '{}'", target));
    else
        out.target = at->target;
    const auto priority = fields.integer("priority", 0);
    if (priority < INT32_MIN || priority > INT32_MAX) fields.fail("the priority is too large");
    out.priority = static_cast<std::int32_t>(priority);
    if (auto mistake = policy_mistake(out)) fields.fail(std::move(*mistake));
    return out;
}

}  // namespace weir::management
