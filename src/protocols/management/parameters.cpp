// Listing, and checking what is to be kept.
#include "protocols/management/parameters.hpp"

#include <algorithm>

#include "protocols/amqp/gate.hpp"
#include "protocols/management/entity_json.hpp"

namespace weir::management {

namespace {

constexpr std::string_view internal_cluster_id = "internal_cluster_id";

Json parameter(std::string_view component, const std::string& host, const std::string& name, Json value) {
    return {{"component", component}, {"vhost", host}, {"name", name}, {"value", std::move(value)}};
}

Error invalid(std::string_view why) {
    return bad_request(fmt::format("Validation failed\n\n{}\n", why));
}

// One address, or a list of them.
bool is_uri(const Json& value, const char* key) {
    const auto at = value.find(key);
    if (at == value.end()) return false;
    const auto is_text = [](const Json& one) { return one.is_string() && !one.get<std::string>().empty(); };
    return is_text(*at) || (at->is_array() && !at->empty() && std::ranges::all_of(*at, is_text));
}

// Errors: invalid_argument, with what RabbitMQ's plugins ask for first.
Result<void> check_component(const std::string& component, const Json& value) {
    static const std::map<std::string, std::vector<const char*>, std::less<>> addresses = {
        {"federation-upstream", {"uri"}},
        {"federation-upstream-set", {}},
        {shovel_component, {"src-uri", "dest-uri"}}};
    const auto known = addresses.find(component);
    if (known == addresses.end()) return invalid(fmt::format("component {} not found", component));
    if (component != "federation-upstream-set" && !value.is_object())
        return invalid("value should be a table");
    for (const auto* key : known->second) {
        if (!is_uri(value, key)) return invalid(fmt::format("Key \"{}\" not found, or no address", key));
    }
    return {};
}

// Errors: invalid_argument.
Result<topology::Value> value_in(const Json& from) {
    const auto at = from.is_object() ? from.find("value") : from.end();
    if (!from.is_object() || at == from.end()) return bad_request("key_missing: value");
    return to_value(*at);
}

}  // namespace

std::vector<Json> parameters_of(const topology::Topology& topology,
                                const std::vector<const topology::HostState*>& hosts) {
    std::vector<Json> out;
    for (const auto* host : hosts) {
        const auto& name = host->host->name;
        auto limits = Json::object();
        for (const auto& [setting, value] : host->host->settings) {
            if (setting.starts_with("max-")) limits[setting] = to_json(value);
        }
        if (!limits.empty()) out.push_back(parameter(limits_component, name, "limits", std::move(limits)));
        host->policies.for_each([&](const topology::PolicyPtr& policy) {
            if (!policy->is_operator) return;
            auto value = policy_json(*policy);
            value.erase("vhost"), value.erase("name");
            out.push_back(parameter(operator_policy_component, name, policy->name, std::move(value)));
        });
    }
    topology.parameters().for_each([&](const topology::ParameterPtr& at) {
        const auto is_there = [&](const auto* host) { return host->host->name == at->host; };
        if (std::ranges::any_of(hosts, is_there))
            out.push_back(parameter(at->component, at->host, at->name, to_json(at->value)));
    });
    return out;
}

std::vector<Json> global_parameters(const Services& services, const topology::Topology& topology) {
    std::vector<Json> out;
    const auto add = [&](std::string_view name, Json value) {
        out.push_back(Json{{"name", name}, {"value", std::move(value)}});
    };
    add(amqp::cluster_name_parameter, amqp::cluster_name(topology, services.cluster_name));
    add(internal_cluster_id, "weir-" + services.broker.cluster_id().text());
    topology.parameters().for_each([&](const topology::ParameterPtr& at) {
        if (at->host.empty() && at->name != amqp::cluster_name_parameter) add(at->name, to_json(at->value));
    });
    return out;
}

Result<topology::Parameter> read_parameter(const std::string& component, const std::string& host,
                                           const std::string& name, const Json& from) {
    auto value = value_in(from);
    if (!value) return value.error();
    if (const auto good = check_component(component, from["value"]); !good) return good.error();
    return topology::Parameter{component, host, name, std::move(*value)};
}

Result<topology::Parameter> read_global_parameter(const std::string& name, const Json& from) {
    auto value = value_in(from);
    if (!value) return value.error();
    if (is_given_parameter(name)) return invalid(fmt::format("{} can't be set", name));
    if (name == amqp::cluster_name_parameter && value->text() == nullptr)
        return invalid(fmt::format("{} should be binary", name));
    return topology::Parameter{"", "", name, std::move(*value)};
}

bool is_given_parameter(std::string_view global_name) {
    return global_name == internal_cluster_id;
}

}  // namespace weir::management
