// What the API has other addresses for, too.
#include "protocols/management/parameters.hpp"

#include "protocols/management/entity_json.hpp"

namespace weir::management {

namespace {

Json parameter(const char* component, const std::string& host, const std::string& name, Json value) {
    return {{"component", component}, {"vhost", host}, {"name", name}, {"value", std::move(value)}};
}

}  // namespace

std::vector<Json> parameters_of(const std::vector<const topology::HostState*>& hosts) {
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
    return out;
}

}  // namespace weir::management
