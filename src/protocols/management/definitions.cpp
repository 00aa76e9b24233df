// Reading: a section after the other, and in each the things that can be read.
#include "protocols/management/definitions.hpp"

#include <fmt/ranges.h>

#include "protocols/management/entity_json.hpp"
#include "protocols/management/parameters.hpp"
#include "protocols/management/policy_settings.hpp"

namespace weir::management {

namespace {

// Facts about where a file comes from, which change nothing.
constexpr std::string_view remarks[] = {"rabbit_version",
                                        "rabbitmq_version",
                                        "product_name",
                                        "product_version",
                                        "rabbitmq_definition_format",
                                        "original_cluster_name",
                                        "original_vhost_name",
                                        "explanation",
                                        "description",
                                        "default_queue_type",
                                        "tags",
                                        "metadata",
                                        "name"};

std::string text_of(const Json& item, const char* name) {
    const auto at = item.is_object() ? item.find(name) : item.end();
    return item.is_object() && at != item.end() && at->is_string() ? at->get<std::string>() : "";
}

class Reading {
  public:
    Reading(const Json& file, const std::optional<std::string>& only_host)
        : file_(file), only_host_(only_host) {}

    // Calls `read` with the fields of each thing in the section; what it fails at is noted. Errors:
    // invalid_argument (the section is no list).
    template <class Read>
    void section(const char* name, const char* kind, Read read) {
        const auto at = file_.find(name);
        if (at == file_.end() || at->is_null()) return;
        if (!at->is_array()) {
            error_ = Error{Errc::invalid_argument, fmt::format("{} is no list", name)};
            return;
        }
        for (const auto& item : *at) {
            Fields fields{item};
            if (!fields.error()) read(fields, item);
            if (fields.error()) note(kind, host_of(item), name_of(item), fields.error()->message);
        }
    }
    std::string host_of(const Json& item) const { return only_host_ ? *only_host_ : text_of(item, "vhost"); }
    void note(const std::string& kind, std::string host, std::string name, std::string reason) {
        out.unmapped.push_back({kind, std::move(host), std::move(name), std::move(reason)});
    }
    const std::optional<Error>& error() const { return error_; }

    void add_policy(topology::Policy policy);
    void parameter(Fields& fields, const Json& item);
    void host(Fields& fields, const Json& item);
    void user(Fields& fields, const Json& item);

    Definitions out;

  private:
    static std::string name_of(const Json& item) {
        const auto name = text_of(item, "name");
        if (!name.empty()) return name;
        if (item.is_object() && item.contains("destination"))
            return fmt::format("{} -> {}", text_of(item, "source"), text_of(item, "destination"));
        return text_of(item, "user");
    }

    const Json& file_;
    const std::optional<std::string>& only_host_;
    std::optional<Error> error_;
};

void Reading::host(Fields& fields, const Json& item) {
    const auto name = fields.must_text("name");
    auto wanted = read_host(fields, name);
    if (item.contains("metadata") && item["metadata"].is_object()) {
        Fields metadata{item["metadata"]};
        auto more = read_host(metadata, name);
        if (wanted.description.empty()) wanted.description = std::move(more.description);
        if (wanted.tags.empty()) wanted.tags = std::move(more.tags);
        wanted.settings.merge(more.settings);
    }
    if (!fields.error()) out.hosts.push_back(std::move(wanted));
}

// A user whose password can't be taken over is there all the same, for its permissions.
void Reading::user(Fields& fields, const Json& item) {
    const auto name = fields.must_text("name");
    auto wanted = read_user(fields, name);
    const auto password = text_of(item, "password");
    if (!name.empty()) out.users.push_back({std::move(wanted), password});
}

void Reading::add_policy(topology::Policy policy) {
    const auto idle = idle_settings(policy);
    if (!idle.empty())
        out.idle.push_back({policy.is_operator ? "operator policy" : "policy", policy.host, policy.name,
                            fmt::format("weir does nothing by {}", fmt::join(idle, ", "))});
    out.policies.push_back(std::move(policy));
}

void Reading::parameter(Fields& fields, const Json& item) {
    const auto component = fields.must_text("component");
    const auto value = item.find("value");
    const bool is_ours = component == limits_component || component == operator_policy_component;
    if (value == item.end() || (is_ours && !value->is_object()))
        return fields.fail("the parameter has no value");
    if (component == limits_component) {
        out.limits.push_back({host_of(item), fields.table("value")});
    } else if (component == operator_policy_component) {
        Fields its{*value};
        auto policy = read_policy(its, host_of(item), fields.must_text("name"), true);
        if (its.error()) return fields.fail(its.error()->message);
        add_policy(std::move(policy));
    } else {
        auto kept = read_parameter(component, host_of(item), fields.must_text("name"), item);
        if (!kept) return fields.fail(kept.error().message);
        out.idle.push_back({component, kept->host, kept->name, "weir keeps it, and runs none"});
        out.parameters.push_back(std::move(*kept));
    }
}

void read_accounts(Reading& reading) {
    reading.section("vhosts", "vhost", [&](Fields& fields, const Json& item) { reading.host(fields, item); });
    reading.section("users", "user", [&](Fields& fields, const Json& item) { reading.user(fields, item); });
    reading.section("permissions", "permission", [&](Fields& fields, const Json&) {
        auto permissions = read_permissions(fields);
        if (!fields.error()) reading.out.permissions.push_back(std::move(permissions));
    });
    reading.section("topic_permissions", "topic permission", [&](Fields& fields, const Json&) {
        auto permissions = read_topic_permissions(fields);
        if (!fields.error()) reading.out.topic_permissions.push_back(std::move(permissions));
    });
    reading.section("global_parameters", "global parameter", [&](Fields& fields, const Json& item) {
        const auto name = fields.must_text("name");
        if (is_given_parameter(name)) return;
        auto kept = read_global_parameter(name, item);
        if (!kept) return fields.fail(kept.error().message);
        reading.out.global_parameters.push_back(std::move(*kept));
    });
}

void read_topology(Reading& reading) {
    auto& out = reading.out;
    reading.section("parameters", "parameter",
                    [&](Fields& fields, const Json& item) { reading.parameter(fields, item); });
    reading.section("policies", "policy", [&](Fields& fields, const Json& item) {
        auto policy = read_policy(fields, reading.host_of(item), fields.must_text("name"), false);
        if (!fields.error()) reading.add_policy(std::move(policy));
    });
    reading.section("queues", "queue", [&](Fields& fields, const Json& item) {
        auto queue = read_queue(fields, reading.host_of(item), fields.must_text("name"));
        if (!fields.error()) out.queues.push_back(std::move(queue));
    });
    reading.section("exchanges", "exchange", [&](Fields& fields, const Json& item) {
        auto exchange = read_exchange(fields, reading.host_of(item), fields.text("name"));
        const bool is_default = exchange.name.empty() || exchange.name.starts_with("amq.");
        if (!fields.error() && !is_default) out.exchanges.push_back(std::move(exchange));
    });
    reading.section("bindings", "binding", [&](Fields& fields, const Json& item) {
        auto binding = read_binding(fields, reading.host_of(item));
        if (!fields.error() && !binding.source.empty()) out.bindings.push_back(std::move(binding));
    });
}

bool is_known(std::string_view name) {
    constexpr std::string_view sections[] = {
        "vhosts",   "users",  "permissions", "topic_permissions", "parameters", "global_parameters",
        "policies", "queues", "exchanges",   "bindings"};
    return std::ranges::find(sections, name) != std::end(sections) ||
           std::ranges::find(remarks, name) != std::end(remarks);
}

}  // namespace

Result<Definitions> read_definitions(const Json& file, const std::optional<std::string>& only_host) {
    if (!file.is_object()) return Error{Errc::invalid_argument, "a file of definitions is a JSON object"};
    Reading reading{file, only_host};
    if (!only_host) read_accounts(reading);
    read_topology(reading);
    if (reading.error()) return *reading.error();
    for (const auto& [name, value] : file.items()) {
        if (!is_known(name)) reading.note("section", "", name, "weir does not know what this is");
    }
    return std::move(reading.out);
}

}  // namespace weir::management
